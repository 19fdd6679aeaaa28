"""Best-of-n: the estimator against all choices written out and against drawing; its divergence, and its control."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.alignment.best_of_n import best_of, expected_best, expected_median, kl_bound, pick_chances

# Few values, so that many are equal.
rows = st.lists(st.integers(0, 4), min_size=1, max_size=7)


@given(scores=rows, data=st.data())
def test_the_estimate_is_the_mean_over_all_choices_of_n(scores: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(scores)))
    values = np.array(data.draw(st.lists(st.floats(-5, 5), min_size=len(scores), max_size=len(scores))))
    array = np.array([scores], dtype=float)
    tops, medians, worth = [], [], []
    for chosen in combinations(range(len(scores)), n):
        drawn = array[0, list(chosen)]
        tops.append(drawn.max())
        medians.append(np.median(drawn))
        # The best of the choice, or each of its equals with the same chance.
        worth.append(values[[place for place in chosen if scores[place] == drawn.max()]].mean())
    assert expected_best(array, array, n=n)[0] == pytest.approx(np.mean(tops), abs=1e-12)
    assert expected_median(array, n=n)[0] == pytest.approx(np.mean(medians), abs=1e-12)
    if len(set(scores)) == len(scores):
        assert expected_best(array, values[None], n=n)[0] == pytest.approx(np.mean(worth), abs=1e-12)


@given(scores=rows, data=st.data())
def test_chances_sum_to_one_and_equal_scores_have_equal_ones(scores: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(scores)))
    rank = data.draw(st.integers(1, n))
    chances = pick_chances(np.array([scores], dtype=float), n=n, rank=rank)[0]
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert (chances >= -1e-15).all()
    for value in set(scores):
        assert np.ptp(chances[np.array(scores) == value]) == 0


def test_it_is_unbiased_for_what_fresh_draws_would_give() -> None:
    """Rewards of the exponential law: the maximum of n has mean 1 + 1/2 + … + 1/n, the median of three 1/3 + 1/2."""
    scores = np.random.default_rng(0).exponential(size=(4000, 16))
    for n in (1, 2, 5, 16):
        found = expected_best(scores, scores, n=n)
        error = found.std(ddof=1) / math.sqrt(len(found))
        assert abs(found.mean() - sum(1 / k for k in range(1, n + 1))) < 3.5 * error
    medians = expected_median(scores, n=3)
    assert abs(medians.mean() - (1 / 3 + 1 / 2)) < 3.5 * medians.std(ddof=1) / math.sqrt(len(medians))


def test_it_spreads_less_than_drawing_n_alone() -> None:
    scores = np.random.default_rng(1).normal(size=(2000, 16))
    assert expected_best(scores, scores, n=4).std() < 0.75 * scores[:, :4].max(axis=1).std()


def test_the_maximum_never_falls_with_n_and_the_ends_are_the_mean_and_the_best() -> None:
    scores = np.random.default_rng(2).normal(size=(3, 12))
    tops = np.array([expected_best(scores, scores, n=n) for n in range(1, 13)])
    assert (np.diff(tops, axis=0) >= 0).all()
    assert tops[0] == pytest.approx(scores.mean(axis=1))
    assert tops[-1] == pytest.approx(scores.max(axis=1))
    assert expected_median(scores, n=12) == pytest.approx(np.median(scores, axis=1))


@pytest.mark.parametrize("n", [1, 2, 3, 8])
@pytest.mark.parametrize("outcomes", [2, 5, 400])
def test_the_bound_holds_and_is_met_by_many_unlikely_completions(n: int, outcomes: int) -> None:
    """A policy over completions with different rewards, all alike likely: best-of-n is known exactly."""
    steps = np.arange(outcomes + 1) / outcomes
    best = np.diff(steps**n)
    exact = float((best * np.log(best * outcomes)).sum())
    assert exact <= kl_bound(n) + 1e-12
    if outcomes == 400:
        assert exact == pytest.approx(kl_bound(n), abs=0.02)


def test_a_random_pick_gains_nothing_where_the_best_gains() -> None:
    random = np.random.default_rng(3)
    gold = random.normal(size=(500, 64))
    scores = gold + random.normal(size=gold.shape)
    found = best_of(scores, gold, n=32, seed=4)
    assert found.kl == kl_bound(32)
    assert abs(found.random_gold) < 0.1 < 1 < found.gold < found.highest
    assert abs(found.median) < 0.1


def test_the_random_pick_is_the_mean_and_not_one_more_draw_of_noise() -> None:
    random = np.random.default_rng(0)
    for seed in range(20):
        scores, gold = random.random((16, 64)), 1.6 * random.standard_normal((16, 64))
        assert best_of(scores, gold, n=64, seed=seed).random_gold == pytest.approx(gold.mean(), abs=0.03)


def test_it_says_what_cannot_be_picked() -> None:
    scores = np.zeros((1, 4))
    with pytest.raises(ValueError, match="need 1 ≤ rank ≤ n ≤ N"):
        pick_chances(scores, n=5, rank=5)
    with pytest.raises(ValueError, match="draw 1 or more"):
        kl_bound(0)
    with pytest.raises(ValueError, match="not a finite number"):
        pick_chances(np.array([[0.0, math.nan]]), n=1, rank=1)
