"""Prompts of numbers: one line a prompt, the best learner, and what exchanging targets leaves."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import regression


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def prompts(rows: int = 200, *, pairs: int = 5, dimensions: int = 2, alone: bool = False) -> regression.Prompts:
    return regression.draw(rows, pairs=pairs, dimensions=dimensions, generator=generator(), alone=alone)


def test_the_numbers_of_a_prompt_lie_on_one_line_and_least_squares_finds_it() -> None:
    found = prompts()
    assert regression.error(regression.least_squares(found), found) < 1e-6
    alone = prompts(alone=True)
    assert regression.error(regression.least_squares(alone), alone) > 1


def test_targets_have_mean_square_one_whatever_the_dimension() -> None:
    for dimensions in (1, 3, 8):
        found = prompts(20_000, pairs=2, dimensions=dimensions)
        assert found.y.square().mean().item() == pytest.approx(1.0, abs=0.1)


def test_without_examples_every_learner_says_nothing_and_errs_one() -> None:
    first = prompts().first(1)
    for learner in regression.LEARNERS.values():
        assert regression.error(learner(first), first) == pytest.approx(1.0)


def test_with_fewer_examples_than_dimensions_least_squares_takes_the_shortest_line() -> None:
    found = regression.Prompts(x=torch.tensor([[[2.0, 0.0], [1.0, 5.0]]]), y=torch.tensor([[4.0, 0.0]]))
    assert regression.least_squares(found).item() == pytest.approx(2.0)  # w = (2, 0)


def test_simple_learners_by_hand() -> None:
    x = torch.tensor([[[1.0], [2.0], [9.0], [-9.0], [3.0]]])
    found = regression.Prompts(x=x, y=torch.tensor([[1.0, 2.0, 9.0, -9.0, 3.0]]))
    assert regression.nearest(found).item() == pytest.approx((1 + 2 + 9) / 3)
    assert regression.average(found).item() == pytest.approx((1 + 4 + 81 + 81) / 4 * 3)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 9), st.integers(0, 2**31))
def test_no_example_keeps_its_target_and_the_question_does(examples: int, seed: int) -> None:
    places = regression.others(5, examples, generator(seed))
    assert (places[:, :-1] != torch.arange(examples)).all()
    assert (places[:, :-1].sort(dim=1).values == torch.arange(examples)).all()
    assert (places[:, -1] == examples).all()


def test_exchanged_targets_mislead_least_squares() -> None:
    found = prompts()
    wrong = regression.mispaired(found, generator(1))
    assert torch.equal(wrong.y[:, -1], found.y[:, -1])
    assert regression.error(regression.least_squares(wrong), wrong) > 0.9


def test_what_makes_no_sense_is_named() -> None:
    with pytest.raises(ValueError, match="pairs 0"):
        prompts(pairs=0)
    with pytest.raises(ValueError, match="1 examples cannot exchange"):
        regression.mispaired(prompts(pairs=2), generator())
