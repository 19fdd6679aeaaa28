"""Fits of scaling laws: they find what was put in, and say so where nothing can be fitted."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.scaling_law import (
    TrainedRun,
    best_size,
    by_budget,
    depth,
    forecast,
    frontier,
    power_law,
    size_exponent,
    tokens_at,
    two_term_law,
)

FLOOR = 2.0
SIZES = [round(500 * 2**step) for step in range(9)]


def chinchilla(*, alpha: float, beta: float, embeddings: float = 0.0, budgets: int = 4) -> list[TrainedRun]:
    """Runs that obey `FLOOR + a/N^alpha + b/D^beta` to the digit, with the best size in the middle of the sizes.

    :param embeddings: parameters of a model are `bare + embeddings · √bare`.
    """
    runs = []
    for number in range(budgets):
        flops = 1e10 * 4**number
        for size in SIZES:
            tokens = flops / 6 / size
            scale = beta * (1e10 / 6 / 2000) ** -beta / (alpha * 2000**-alpha)
            loss = FLOOR + 0.5 * (scale * size**-alpha + tokens**-beta)
            bare = ((math.sqrt(embeddings**2 + 4 * size) - embeddings) / 2) ** 2
            runs.append(
                TrainedRun(budget=number + 1, flops=flops, parameters=size, bare=bare, tokens=tokens, loss=loss)
            )
    return runs


@given(scale=st.floats(0.01, 100), exponent=st.floats(-2, 2))
def test_a_power_law_is_found_again(scale: float, exponent: float) -> None:
    x = [1.0, 3.0, 10.0, 50.0]
    found = power_law(x, [scale * at**exponent for at in x])
    assert found.exponent == pytest.approx(exponent, abs=1e-6)
    assert found.at(7.0) == pytest.approx(scale * 7.0**exponent, rel=1e-6)


@pytest.mark.parametrize(("x", "y"), [([1.0, 1.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 1.0])])
def test_no_power_law_goes_through_one_x_or_a_zero(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="power law"):
        power_law(x, y)


@settings(deadline=None, max_examples=15)
@given(alpha=st.floats(0.25, 0.6), beta=st.floats(0.25, 0.6))
def test_the_two_term_law_is_found_again(alpha: float, beta: float) -> None:
    found = two_term_law(chinchilla(alpha=alpha, beta=beta), floor=FLOOR)
    assert found.alpha == pytest.approx(alpha, abs=0.01)
    assert found.beta == pytest.approx(beta, abs=0.01)
    assert found.size_exponent == pytest.approx(beta / (alpha + beta), abs=0.01)


def test_isoflop_finds_equal_growth_where_both_terms_fall_alike() -> None:
    assert size_exponent(chinchilla(alpha=0.4, beta=0.4), count="total") == pytest.approx(0.5, abs=0.03)


def test_leaving_out_embeddings_raises_the_exponent_of_small_models() -> None:
    runs = chinchilla(alpha=0.4, beta=0.4, embeddings=40)
    assert size_exponent(runs, count="bare") > size_exponent(runs, count="total") + 0.03
    plain = chinchilla(alpha=0.4, beta=0.4)
    assert size_exponent(plain, count="bare") == pytest.approx(size_exponent(plain, count="total"), abs=0.01)


def row(losses: list[float]) -> list[TrainedRun]:
    """Runs of one budget with sizes 1, 10, 100, …"""
    return [
        TrainedRun(budget=1, flops=1.0, parameters=10.0**place, bare=10.0**place, tokens=10.0**-place, loss=loss)
        for place, loss in enumerate(losses)
    ]


def test_the_parabolas_lowest_point_is_the_best_size() -> None:
    assert best_size(row([4.0, 1.0, 0.0, 1.0, 4.0]), count="total") == pytest.approx(100)


@pytest.mark.parametrize(("losses", "best"), [([1.0, 2.0, 4.0], 1.0), ([4.0, 2.0, 1.0], 100.0), ([1.0, 3.0, 2.0], 1.0)])
def test_without_a_valley_the_best_size_is_an_end(losses: list[float], best: float) -> None:
    assert best_size(row(losses), count="total") == pytest.approx(best)


def test_a_valley_is_as_deep_as_its_lower_rim_and_a_slope_is_none() -> None:
    assert depth(row([3.0, 1.0, 1.5, 2.0])) == pytest.approx(1.0)
    assert depth(row([1.0, 1.2, 2.0])) == pytest.approx(-0.2)


@pytest.mark.parametrize("what", [depth, lambda same: best_size(same, count="total")])
def test_two_sizes_are_too_few(what: object) -> None:
    with pytest.raises(ValueError, match="three or more"):
        what(row([1.0, 2.0]))  # type: ignore[operator]


def line_of(losses: list[float]) -> list[TrainedRun]:
    """One run a budget, at compute 1, 4, 16, …"""
    return [
        TrainedRun(budget=place, flops=4.0**place, parameters=1, bare=1, tokens=1, loss=loss)
        for place, loss in enumerate(losses)
    ]


def test_a_power_law_foretells_itself_and_the_other_rules_do_not() -> None:
    found = forecast(line_of([FLOOR + 4.0 ** (-0.2 * step) for step in range(5)]), floor=FLOOR)
    assert found.law == pytest.approx(0, abs=1e-9)
    assert found.lead > 0.01


def test_where_loss_falls_with_the_logarithm_or_not_at_all_the_power_law_does_not_lead() -> None:
    straight = forecast(line_of([3.0 - 0.1 * step for step in range(5)]), floor=FLOOR)
    assert straight.log_line == pytest.approx(0, abs=1e-9)
    assert straight.lead < 0
    flat = forecast(line_of([3.0] * 5), floor=FLOOR)
    assert flat.lead == pytest.approx(0, abs=1e-9)


def test_two_budgets_hold_no_forecast() -> None:
    with pytest.raises(ValueError, match="three or more"):
        forecast(line_of([3.0, 2.9]), floor=FLOOR)


def test_where_losses_have_come_to_the_floor_the_law_foretells_the_floor() -> None:
    found = forecast(line_of([FLOOR - 1e-4, FLOOR + 1e-4, FLOOR]), floor=FLOOR)
    assert found.law == 0.0
    assert abs(found.lead) < 1e-3


def test_runs_are_sorted_and_the_frontier_is_the_best_of_each_budget() -> None:
    runs = chinchilla(alpha=0.4, beta=0.4)
    groups = by_budget(runs[::-1])
    assert [group[0].budget for group in groups] == [1, 2, 3, 4]
    assert [run.parameters for run in groups[0]] == SIZES
    assert [run.loss for run in frontier(runs)] == [min(run.loss for run in group) for group in groups]
    assert tokens_at(groups[0], SIZES[2]) == pytest.approx(groups[0][2].tokens)
