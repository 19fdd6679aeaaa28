"""Frontiers: what lies between two points, who leads at equal divergence, and whether gold turns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.alignment.frontier import Turn, gold_at, lead, shared_reach, turn

ROOT = [(float(d * d), 2.0 * d) for d in (0, 1, 2, 3)]  # gold is twice the root of the divergence


@given(kl=st.floats(0, 9))
def test_between_points_gold_is_a_line_over_the_root(kl: float) -> None:
    assert gold_at(ROOT[::-1], kl) == pytest.approx(2 * kl**0.5, abs=1e-9)


def test_beyond_its_points_a_way_says_nothing() -> None:
    for kl in (-0.1, 9.1):
        with pytest.raises(ValueError, match="no points on both sides"):
            gold_at(ROOT, kl)


def test_the_lead_is_the_mean_difference_where_both_go() -> None:
    double = [(kl, 2 * gold) for kl, gold in ROOT[:3]]
    assert shared_reach(double, ROOT) == 4
    # 4d − 2d at d = 2/8, 4/8, … 2, the mean of which is 2.25
    assert lead(double, ROOT) == pytest.approx(2.25)
    assert lead(ROOT, double) == pytest.approx(-2.25)
    assert lead(ROOT, ROOT) == 0


def test_what_a_way_does_beyond_the_others_reach_does_not_count() -> None:
    assert lead([*ROOT, (25.0, -100.0)], ROOT[:2]) == pytest.approx(0)


def test_a_way_that_went_nowhere_leads_by_nothing() -> None:
    assert lead([(0.0, 1.0), (0.0, 1.0)], [(0.0, 1.0), (4.0, 3.0)]) == 0


def test_a_turn_is_a_rise_and_a_fall_while_the_proxy_rises() -> None:
    found = turn([0, 2, 3, 1], [0, 1.5, 3.5, 1], [0, 1, 2, 3])
    assert (found.rise, found.fall, found.proxy_after) == (3.25, 2.25, 1)
    assert found.depth == 2.25
    assert turn([0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]).depth == 0  # it only rises
    assert turn([3, 2, 1], [3, 2, 1], [0, 1, 2]).depth == 0  # it only falls, as with labels that say nothing
    assert Turn(rise=2, fall=2, proxy_after=-0.5).depth == 0  # the proxy fell too: the training broke


def test_noise_alone_makes_no_turn() -> None:
    """A curve that rises and stays: the highest look less the last is above 0, but not measured on other prompts."""
    random = np.random.default_rng(0)
    rising = np.minimum(np.arange(12) / 4, 1)
    naive, found = [], []
    for _ in range(400):
        first, second = rising + 0.2 * random.normal(size=(2, 12))
        mean = (first + second) / 2
        naive.append(mean.max() - mean[-1])
        found.append(turn(list(first), list(second), list(range(12))).fall)
    assert np.mean(naive) > 0.15
    assert abs(np.mean(found)) < 3.5 * np.std(found) / 20


def test_looks_must_match() -> None:
    with pytest.raises(ValueError, match="as many of each"):
        turn([0, 1], [0], [0, 1])
