"""Ciphers: rows that ask for a skill, and messages that are never trained on."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gpt.loss import IGNORED
from core.text import ciphers

MESSAGE = torch.tensor([[0, 1, 2, 7, 8, 9]])


@pytest.mark.parametrize(
    ("skill", "answer"),
    [
        ("copy", [0, 1, 2, 7, 8, 9]),
        ("shift-3", [3, 4, 5, 0, 1, 2]),
        ("rotate", [1, 2, 7, 8, 9, 0]),
        ("reverse", [9, 8, 7, 2, 1, 0]),
    ],
)
def test_a_row_holds_the_message_and_the_answer_and_only_the_answer_counts(skill: str, answer: list[int]) -> None:
    row = ciphers.examples(skill, MESSAGE, tagged=False)
    assert row["input_ids"][0].tolist() == [*MESSAGE[0].tolist(), ciphers.SEPARATOR, *answer]
    assert row["labels"][0].tolist() == [IGNORED] * 7 + answer


def test_a_tag_names_the_skill() -> None:
    tags = {skill: ciphers.examples(skill, MESSAGE, tagged=True)["input_ids"][0, 0].item() for skill in ciphers.SKILLS}
    assert len(set(tags.values())) == len(tags)
    assert ciphers.SEPARATOR < min(tags.values()) <= max(tags.values()) < ciphers.VOCABULARY
    assert ciphers.examples("copy", MESSAGE, tagged=True)["input_ids"].shape == (1, ciphers.TIME)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 50))
def test_no_message_is_both_trained_on_and_asked(seed: int, count: int) -> None:
    trained = ciphers.messages(count, torch.Generator().manual_seed(seed))
    asked = ciphers.messages(count, torch.Generator().manual_seed(seed), held=True)
    assert trained.shape == asked.shape == (count, ciphers.LENGTH)
    assert not ciphers.held_out(trained).any()
    assert ciphers.held_out(asked).all()


def test_about_one_message_in_ten_is_held_out() -> None:
    drawn = torch.randint(ciphers.ALPHABET, (20_000, ciphers.LENGTH), generator=torch.Generator().manual_seed(0))
    assert 0.08 < ciphers.held_out(drawn).float().mean() < 0.12


def test_batches_follow_from_their_seed() -> None:
    first, again, other = (next(ciphers.batches("rotate", batch=4, seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(first["input_ids"], again["input_ids"])
    assert not torch.equal(first["input_ids"], other["input_ids"])


def test_a_mixture_has_tags_in_every_other_batch() -> None:
    stream = ciphers.mixed_batches(("copy", "shift-1"), rows=3, seed=0)
    shapes = [tuple(next(stream)["input_ids"].shape) for _ in range(3)]
    assert shapes == [(6, ciphers.TIME), (6, ciphers.TIME - 1), (6, ciphers.TIME)]


def test_an_unknown_skill_is_named() -> None:
    with pytest.raises(ValueError, match="no skill 'rot13'; choose from copy, shift-1"):
        ciphers.examples("rot13", MESSAGE, tagged=False)
