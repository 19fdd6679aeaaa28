"""Do planted changes show, do chance differences stay quiet, and are the numbers those of the textbooks?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from core.papers.trends import (
    FALSE_DISCOVERIES,
    Dispersion,
    Key,
    Period,
    compare,
    false_discovery,
    surges,
    wilson,
)


def counts(**values: int) -> dict[Key, int]:
    return {("topic", name): value for name, value in values.items()}


def drawn(chance: np.random.Generator, shares: np.ndarray) -> dict[Key, int]:
    """Counts of topics `00`, `01`, … in a period of 800 papers."""
    return {("topic", f"{at:02}"): int(count) for at, count in enumerate(chance.binomial(800, shares))}


def test_wilson_agrees_with_the_textbook() -> None:
    # 15 of 50, 95 %: 0.191 to 0.438 (Newcombe 1998, method 3, by hand).
    assert wilson(15, 50) == pytest.approx((0.19103, 0.43750), abs=5e-4)
    low, high = wilson(0, 20)
    assert low == 0 and high == pytest.approx(0.16113, abs=1e-4)


@given(st.integers(1, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_an_interval_holds_its_share(pair: tuple[int, int]) -> None:
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1


@pytest.mark.parametrize("pair", [(1, 0), (3, 2), (-1, 5)])
def test_an_impossible_share_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(*pair)


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    ps = [0.01, 0.04, 0.03, 0.005]
    assert false_discovery(ps) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert false_discovery([]) == []


def test_p_is_fishers_exact_test() -> None:
    # The tea lady: 3 of 4 against 1 of 4.
    (change,) = compare(counts(tea=1), counts(tea=3), papers_before=4, papers_after=4)
    assert change.p == pytest.approx(0.4857, abs=1e-4)


@given(st.tuples(st.integers(1, 400), st.integers(1, 400)).flatmap(
    lambda papers: st.tuples(*(st.tuples(st.integers(0, n), st.just(n)) for n in papers))
))  # fmt: skip
def test_p_is_that_of_scipy(pairs: tuple[tuple[int, int], tuple[int, int]]) -> None:
    (old, papers_before), (new, papers_after) = pairs
    known = fisher_exact([[old, papers_before - old], [new, papers_after - new]]).pvalue
    for change in compare(counts(a=old), counts(a=new), papers_before=papers_before, papers_after=papers_after):
        assert change.p == pytest.approx(known, rel=1e-6)


def test_p_of_very_many_papers_is_that_of_scipy() -> None:
    for old, new in ((8_000, 9_000), (80_000, 90_000), (80_000, 92_000), (5, 60)):
        known = fisher_exact([[old, 220_000 - old], [new, 250_000 - new]]).pvalue
        (change,) = compare(counts(a=old), counts(a=new), papers_before=220_000, papers_after=250_000)
        assert change.p == pytest.approx(known, rel=1e-6)


def test_a_change_must_stand_against_every_dispersion() -> None:
    (bare,) = compare(counts(a=40), counts(a=80), papers_before=1000, papers_after=1000)
    rough = [Dispersion(of={("topic", "a"): 9.0}, freedom=None), Dispersion(of={}, freedom=5.0)]
    (change,) = compare(counts(a=40), counts(a=80), papers_before=1000, papers_after=1000, dispersions=rough)
    assert (bare.direction, change.direction) == ("rising", "flat")
    # By hand: z = 0.04 / sqrt(0.06 * 0.94 * 0.002) = 3.766, over sqrt(9) = 1.255: p = 0.2094.
    assert change.p == pytest.approx(0.2094, abs=1e-4)
    assert (bare.dispersion, change.dispersion) == (1.0, 9.0)


def test_an_estimate_from_few_weeks_is_trusted_less() -> None:
    ps = []
    for freedom in (None, 30.0, 3.0):
        dispersion = Dispersion(of={("topic", "a"): 2.0}, freedom=freedom)
        (change,) = compare(counts(a=40), counts(a=80), papers_before=1000, papers_after=1000, dispersions=[dispersion])
        ps.append(change.p)
    assert ps == sorted(ps) and ps[0] < ps[2] / 5


def test_a_planted_rise_and_fall_show() -> None:
    found = compare(
        counts(agents=40, prompting=90, bias=30), counts(agents=120, prompting=40, bias=31), papers_before=1000,
        papers_after=1000,
    )  # fmt: skip
    rising, falling = surges(found)
    assert [change.value for change in rising] == ["agents"]
    assert [change.value for change in falling] == ["prompting"]
    assert {change.value: change.direction for change in found}["bias"] == "flat"


def test_three_papers_never_surge() -> None:
    (change,) = compare({}, counts(decoding=3), papers_before=100_000, papers_after=3)
    assert change.q < FALSE_DISCOVERIES
    assert change.direction == "flat"


def test_more_papers_of_everything_is_no_rise() -> None:
    found = compare(counts(a=50, b=50), counts(a=500, b=500), papers_before=100, papers_after=1000)
    assert {change.direction for change in found} == {"flat"}


def test_an_empty_period_is_no_fall() -> None:
    (change,) = compare(counts(a=50), {}, papers_before=100, papers_after=0)
    assert change.direction == "flat"
    assert change.share_after is None and change.interval_after is None


def test_counts_beyond_their_total_are_refused() -> None:
    with pytest.raises(ValueError, match="a: 5 of 3"):
        compare(counts(a=5), {}, papers_before=3, papers_after=3)


def test_false_discoveries_stay_under_the_stated_rate_where_nothing_changed() -> None:
    chance = np.random.default_rng(7)
    shares = chance.uniform(0.005, 0.2, size=20)
    wrong = 0
    for _ in range(60):
        before, after = (drawn(chance, shares) for _ in range(2))
        found = compare(before, after, papers_before=800, papers_after=800)
        wrong += any(change.direction != "flat" for change in found)
    # With nothing planted every discovery is false: 3 of 60 worlds may have one, and chance may double that.
    assert wrong <= 6


def test_the_false_part_of_the_discoveries_stays_under_the_stated_rate_where_half_changed() -> None:
    chance = np.random.default_rng(8)
    shares = np.full(20, 0.05)
    grown = np.concatenate([np.full(10, 0.12), np.full(10, 0.05)])
    found, parts = 0, []
    for _ in range(40):
        before, after = (drawn(chance, share) for share in (shares, grown))
        rising, falling = surges(compare(before, after, papers_before=800, papers_after=800))
        true = sum(int(change.value) < 10 for change in rising)
        found += true
        parts.append(1 - true / max(1, len(rising) + len(falling)))
    assert found >= 0.95 * 40 * 10
    # With half of them unchanged the procedure promises half of the rate.
    assert np.mean(parts) <= FALSE_DISCOVERIES


def test_weeks_and_months_have_the_one_before_them() -> None:
    assert Period.week_of(date(2026, 3, 4)) == Period(date(2026, 3, 2), date(2026, 3, 8))
    assert Period.week_of(date(2026, 3, 4)).before() == Period(date(2026, 2, 23), date(2026, 3, 1))
    assert Period.month_of(date(2026, 3, 31)).before() == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert Period(date(2026, 1, 1), date(2026, 3, 31)).before() == Period(date(2025, 10, 1), date(2025, 12, 31))
    assert Period(date(2026, 3, 3), date(2026, 3, 5)).before() == Period(date(2026, 2, 28), date(2026, 3, 2))


def test_a_period_is_unfinished_until_its_last_day_is_over() -> None:
    march = Period.month_of(date(2026, 3, 1))
    assert march.is_unfinished(date(2026, 3, 31))
    assert not march.is_unfinished(date(2026, 4, 1))


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="swap the two days"):
        Period(date(2026, 3, 2), date(2026, 3, 1))
