"""Repeated and shuffled text differ in the repetition, and in nothing else."""

from __future__ import annotations

import pytest
import torch

from core.text.repeats import repeated_and_shuffled

LENGTH = 12


def make(seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    return repeated_and_shuffled(rows=20, length=LENGTH, first=0, tokens=range(5, 60), seed=seed)


def test_the_repeated_text_says_its_piece_twice() -> None:
    repeated, _ = make()
    assert torch.equal(repeated[:, 1 : LENGTH + 1], repeated[:, LENGTH + 1 :])
    assert (repeated[:, 0] == 0).all()


def test_the_shuffled_text_has_the_same_tokens_in_another_order() -> None:
    repeated, shuffled = make()
    assert torch.equal(repeated[:, : LENGTH + 1], shuffled[:, : LENGTH + 1])
    assert torch.equal(repeated.sort(dim=1).values, shuffled.sort(dim=1).values)
    same_place = (repeated[:, LENGTH + 1 :] == shuffled[:, LENGTH + 1 :]).float().mean()
    assert same_place < 3 / LENGTH


def test_tokens_of_a_piece_are_different_and_of_the_range() -> None:
    repeated, _ = make()
    for row in repeated[:, 1 : LENGTH + 1].tolist():
        assert len(set(row)) == LENGTH
        assert all(5 <= token < 60 for token in row)


def test_the_seed_decides() -> None:
    assert torch.equal(make(1)[1], make(1)[1])
    assert not torch.equal(make(1)[0], make(2)[0])


def test_a_piece_longer_than_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter piece"):
        repeated_and_shuffled(rows=1, length=9, first=0, tokens=range(8), seed=0)
