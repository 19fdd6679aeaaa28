"""Parity: every step follows from the one before and one bit, and formats differ in what stands where."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gpt.loss import IGNORED
from core.text import parity

ROW = parity.Questions(bits=torch.tensor([[2, 1, 0, 1]]), states=torch.tensor([[0, 1, 1, 0]]))


def draw(count: int = 50, *, longest: int = 8, seed: int = 0, **how: int | bool) -> parity.Questions:
    return parity.draw(count, longest=longest, generator=torch.Generator().manual_seed(seed), **how)  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(4, 16))
def test_each_step_follows_from_the_one_before_and_one_bit(seed: int, longest: int) -> None:
    found = draw(longest=longest, seed=seed)
    ones = (found.bits == 1).long()
    before = torch.nn.functional.pad(found.states[:, :-1], (1, 0))
    assert torch.equal(found.states, (before + ones) % 2)
    assert torch.equal(found.states[:, -1], found.answers)
    assert ((found.bits == parity.BLANK).long().diff(dim=1) <= 0).all()  # blanks come first


def test_no_long_row_is_both_trained_on_and_asked() -> None:
    trained, asked = draw(500), draw(200, held=True)
    assert not parity.held_out(trained.bits).any()
    assert parity.held_out(asked.bits)[asked.lengths >= parity.HELD_FROM].all()
    assert parity.held_out(draw(5000, longest=12).bits).float().mean() == 0


@pytest.mark.parametrize("length", [*range(parity.HELD_FROM, 13), 18, 24, 32])
def test_of_every_longer_length_some_are_held_out_and_half_of_them_are_odd(length: int) -> None:
    if length <= 12:
        bits = torch.arange(2**length)[:, None] >> torch.arange(length) & 1
    else:
        bits = torch.randint(2, (20_000, length), generator=torch.Generator().manual_seed(1))
    held = parity.held_out(bits)
    odd = (bits[held].sum(1) % 2).float().mean().item()
    assert 0.07 < held.float().mean().item() < 0.13
    assert odd == (0.5 if length <= 12 else pytest.approx(0.5, abs=0.05))
    blanks = torch.full((len(bits), 32 - length), parity.BLANK)
    assert torch.equal(parity.held_out(torch.cat([blanks, bits], 1)), held), "whatever the longest row is"


def test_all_lengths_come_and_one_can_be_asked_for() -> None:
    assert set(draw(400).lengths.tolist()) == set(range(1, 9))
    assert set(draw(20, length=7, held=True).lengths.tolist()) == {7}


def test_in_the_null_world_steps_say_nothing_of_the_answer() -> None:
    found = draw(2000, empty=True)
    agrees = (found.states[:, -1] == found.answers).float().mean().item()
    assert agrees == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("form", "row", "learned"),
    [
        ("direct", "_101>0", "0"),
        ("dots", "_101=....>0", "0"),
        ("dots-after", "_101>0=....", "0"),
        ("after", "_101>0=0110", "0=0110"),
        ("steps", "_101=0110>0", "0110>0"),
    ],
)
def test_formats(form: str, row: str, learned: str) -> None:
    found = parity.rows(form, ROW)
    assert parity.spelled(found["input_ids"][0]) == row
    labels = found["labels"][0]
    assert parity.spelled(labels[labels != IGNORED]) == learned
    first = int((labels != IGNORED).nonzero()[0])
    assert first == parity.prompt_length(form, 4)


def test_batches_follow_from_their_seed() -> None:
    first, again = (next(parity.batches("steps", count=4, longest=6, seed=1, empty=False)) for _ in range(2))
    assert torch.equal(first["input_ids"], again["input_ids"])


def test_what_makes_no_sense_is_named() -> None:
    with pytest.raises(ValueError, match="9 of 8 bits"):
        draw(length=9)
    with pytest.raises(ValueError, match="no format 'prose'"):
        parity.rows("prose", ROW)
