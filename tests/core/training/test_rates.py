"""The search for a learning rate: it finds the best one, goes on past an edge, and says when it had to stop there."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.rates import RateSearch


def searched(score: Callable[[float], float], rates: tuple[float, ...], **more: int) -> RateSearch:
    search = RateSearch(rates, **more)
    for rate in search:
        search.tell(rate, score(rate))
    return search


def valley(best: float) -> Callable[[float], float]:
    return lambda rate: math.log10(rate / best) ** 2


def test_a_best_rate_inside_the_grid_ends_the_search_there() -> None:
    search = searched(valley(1e-2), (1e-3, 1e-2, 1e-1))
    assert (search.best, search.at_edge, len(search.scores)) == (1e-2, False, 3)


@pytest.mark.parametrize(("truth", "tried"), [(1e-4, [1e-5, 1e-4]), (1.0, [1.0, 10.0])])
def test_a_best_rate_at_an_edge_is_followed_beyond_it(truth: float, tried: list[float]) -> None:
    search = searched(valley(truth), (1e-3, 1e-2, 1e-1))
    assert search.best == pytest.approx(truth)
    assert not search.at_edge
    assert [rate for rate in sorted(search.scores) if not 9e-4 < rate < 0.2] == pytest.approx(tried)


def test_a_search_that_may_not_go_on_says_that_it_stands_at_the_edge() -> None:
    search = searched(valley(1e-9), (1e-3, 1e-2), extra=2)
    assert search.at_edge
    assert search.best == pytest.approx(1e-5)


def test_where_training_diverges_a_lower_rate_is_tried() -> None:
    search = searched(lambda rate: math.nan if rate > 1e-3 else rate, (1e-2, 1e-1), extra=2)
    assert search.best == pytest.approx(1e-4)


def test_divergence_everywhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="diverged at every rate from"):
        _ = searched(lambda _: math.inf, (1e-2, 1e-1)).best


def test_a_single_rate_may_be_all() -> None:
    assert searched(valley(1.0), (0.3,), extra=0).best == 0.3


@pytest.mark.parametrize("rates", [(), (1e-2, 1e-3), (1e-3, 1e-3), (0.0, 1.0)])
def test_rates_that_make_no_grid_are_refused(rates: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive and ascending"):
        RateSearch(rates)


def test_a_score_that_is_not_told_is_an_error() -> None:
    with pytest.raises(ValueError, match="not told"):
        list(RateSearch((1e-3, 1e-2)))


@given(st.floats(-6, 2), st.integers(2, 4), st.integers(0, 6))
def test_the_best_is_the_lowest_score_tried_and_the_budget_is_kept(truth: float, n: int, extra: int) -> None:
    score = valley(10.0**truth)
    search = searched(score, tuple(10.0 ** (place - 4) for place in range(n)), extra=extra)
    assert len(search.scores) <= n + extra
    assert score(search.best) == min(score(rate) for rate in search.scores)
