"""Prompts of symbols: one permutation a prompt, some never trained on, and what a perfect memory can know."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gpt.loss import IGNORED
from core.text import symbol_mapping


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.booleans())
def test_a_prompt_maps_each_symbol_to_one_sign_and_no_two_to_the_same(seed: int, held: bool) -> None:
    found = symbol_mapping.draw(20, pairs=8, generator=generator(seed), held=held)
    for symbols, signs in zip(found.x.tolist(), found.y.tolist(), strict=True):
        rule = dict(zip(symbols, signs, strict=True))
        assert [rule[symbol] for symbol in symbols] == signs
        assert len(set(rule.values())) == len(rule)


def test_no_permutation_is_both_trained_on_and_asked() -> None:
    trained = symbol_mapping.permutations(500, generator(), held=False)
    asked = symbol_mapping.permutations(50, generator(), held=True)
    assert not symbol_mapping.held_out(trained).any()
    assert symbol_mapping.held_out(asked).all()
    assert asked.sort(dim=1).values.equal(torch.arange(symbol_mapping.SYMBOLS).expand(50, -1))


def test_tokens_are_the_symbol_and_then_the_pair_and_only_pairs_are_labels() -> None:
    found = symbol_mapping.Prompts(x=torch.tensor([[0, 2]]), y=torch.tensor([[5, 1]]))
    size = symbol_mapping.SYMBOLS
    assert found.ids.tolist() == [[0, size + 5, 2, size + 2 * size + 1]]
    batch = next(symbol_mapping.batches(rows=3, pairs=4, seed=1, alone=False))
    assert (batch["labels"][:, ::2] == IGNORED).all()
    assert torch.equal(batch["labels"][:, 1::2], batch["input_ids"][:, 1::2])
    assert int(batch["input_ids"].max()) < symbol_mapping.VOCABULARY


def test_a_perfect_memory_by_hand() -> None:
    x = torch.tensor([[0, 1, 0], [0, 1, 2]])
    found = symbol_mapping.Prompts(x=x, y=x)
    assert symbol_mapping.best_possible(found) == pytest.approx((1 + 1 / 4) / 2)
    assert symbol_mapping.best_possible(found.first(1)) == pytest.approx(1 / symbol_mapping.SYMBOLS)


def test_rules_of_their_own_say_nothing() -> None:
    found = symbol_mapping.draw(4000, pairs=2, generator=generator(), alone=True)
    same = found.x[:, 0] == found.x[:, 1]
    agrees = (found.y[:, 0] == found.y[:, 1])[same].float().mean().item()
    assert agrees == pytest.approx(1 / symbol_mapping.SYMBOLS, abs=0.06)


def test_mispaired_examples_have_the_same_signs_elsewhere() -> None:
    found = symbol_mapping.draw(50, pairs=6, generator=generator())
    wrong = symbol_mapping.mispaired(found, generator(1))
    assert torch.equal(wrong.x, found.x)
    assert torch.equal(wrong.y[:, -1], found.y[:, -1])
    assert torch.equal(wrong.y[:, :-1].sort(dim=1).values, found.y[:, :-1].sort(dim=1).values)
    assert not torch.equal(wrong.y, found.y)


def test_a_prompt_without_a_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="pairs 0"):
        symbol_mapping.draw(1, pairs=0, generator=generator())
