"""Made-up worlds whose truth is known: do bursts pass for trends, and do planted doublings show?

Topics of very different size, working days and weekends, more than a year of history. In the null worlds the rates
never change, but papers come unevenly. Fixed seeds, so that a failure is no bad luck.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import binom

from core.papers.dispersion import Daily, dispersions, first_day
from core.papers.trends import FALSE_DISCOVERIES, FEWEST, Change, Key, Period, compare

TOPICS, PLANTED = 36, 8
LAST = date(2026, 8, 30)  # a Sunday
KEYS: list[Key] = [("topic", f"{number:02}") for number in range(TOPICS)]
World = Callable[[np.random.Generator, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def even(chance: np.random.Generator, shares: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every paper a draw of its own."""
    return chance.binomial(totals[:, None], np.broadcast_to(shares, (len(totals), TOPICS))), totals


def uneven_weeks(chance: np.random.Generator, shares: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Beta-binomial: each week's rate is a quarter more or less than usual, up and down by chance."""
    weeks = np.arange(len(totals)) // 7
    factor = chance.gamma(16, 1 / 16, (weeks.max() + 1, TOPICS))[weeks]
    return chance.binomial(totals[:, None], np.minimum(shares * factor, 0.9)), totals


def bursts(chance: np.random.Generator, shares: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Now and then a workshop's papers come on one day."""
    counts, _ = even(chance, shares, totals)
    size = np.maximum(8.0, shares * totals.mean() * 4)
    extra = (chance.random(counts.shape) < 0.015) * chance.poisson(size, counts.shape)
    return counts + extra, totals + extra.sum(axis=1)


def slow_waves(chance: np.random.Generator, shares: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rates that wander around their mean over a month."""
    keep = np.exp(-1 / 28)
    steps = chance.normal(0, 0.2 * np.sqrt(1 - keep**2), (len(totals), TOPICS))
    steps[0] = chance.normal(0, 0.2, TOPICS)
    level = lfilter([1.0], [1.0, -keep], steps, axis=0)
    return chance.binomial(totals[:, None], np.minimum(shares * np.exp(level), 0.9)), totals


WORLDS: dict[str, World] = {
    "even": even,
    "uneven weeks": uneven_weeks,
    "bursts": bursts,
    "slow waves": slow_waves,
}


def world(kind: str, period: Period, *, seed: int, a_week: int = 1500, planted: int = 0) -> Daily:
    """Papers of a period and all that is looked at before it; the first `planted` topics double in it."""
    chance = np.random.default_rng(seed)
    start = first_day(period)
    days = [start + timedelta(days=number) for number in range((period.end - start).days + 1)]
    weights = np.array([0.35 if day.weekday() > 4 else 1.0 for day in days])
    totals = chance.poisson(a_week * weights / 5.7)
    shares = np.exp(np.linspace(np.log(0.004), np.log(0.1), TOPICS))[chance.permutation(TOPICS)]
    counts, totals = WORLDS[kind](chance, shares, totals)
    inside = counts[-period.days :, :planted]
    counts[-period.days :, :planted] = np.minimum(inside + chance.poisson(inside), totals[-period.days :, None])
    return Daily(
        start=start, papers=totals.tolist(), tagged={key: counts[:, at].tolist() for at, key in enumerate(KEYS)}
    )


def sums(daily: Daily, period: Period) -> tuple[dict[Key, int], int]:
    low, high = ((day - daily.start).days for day in (period.start, period.end))
    return {key: sum(n[low : high + 1]) for key, n in daily.tagged.items()}, sum(daily.papers[low : high + 1])


def changes(daily: Daily, period: Period, *, plain: bool = False) -> list[Change]:
    """The comparison; `plain` is Fisher's test alone."""
    (old, papers_before), (new, papers_after) = sums(daily, period.before()), sums(daily, period)
    return compare(
        old,
        new,
        papers_before=papers_before,
        papers_after=papers_after,
        dispersions=() if plain else dispersions(daily, period),
    )


def called(found: list[Change]) -> list[Change]:
    return [change for change in found if change.direction != "flat"]


PERIODS = {
    "week": Period(LAST - timedelta(days=6), LAST),
    "thirty days": Period(LAST - timedelta(days=29), LAST),
    "quarter": Period(LAST - timedelta(days=90), LAST),
}
RUNS = 30


@pytest.mark.parametrize("kind", WORLDS)
@pytest.mark.parametrize("span", PERIODS)
def test_where_nothing_changed_few_worlds_have_a_trend(kind: str, span: str) -> None:
    wrong = sum(bool(called(changes(world(kind, PERIODS[span], seed=seed), PERIODS[span]))) for seed in range(RUNS))
    # All of these discoveries are false, so the rate is the share of worlds that have one.
    assert wrong <= binom.ppf(0.99, RUNS, FALSE_DISCOVERIES)


@pytest.mark.parametrize("kind", ["uneven weeks", "bursts", "slow waves"])
def test_a_test_that_knows_no_bursts_sees_trends_where_none_are(kind: str) -> None:
    period = PERIODS["thirty days"]
    wrong = sum(bool(called(changes(world(kind, period, seed=seed), period, plain=True))) for seed in range(10))
    assert wrong >= 5


@pytest.mark.parametrize("kind", WORLDS)
def test_the_false_part_stays_at_the_rate_where_some_topics_double(kind: str) -> None:
    period, parts, right = PERIODS["thirty days"], [], 0
    for seed in range(12):
        found = called(changes(world(kind, period, seed=seed, planted=PLANTED), period))
        true = [change for change in found if int(change.value) < PLANTED]
        assert all(change.direction == "rising" for change in true)
        right += len(true)
        parts.append(1 - len(true) / len(found) if found else 0.0)
    # With `planted` of the topics changed the procedure promises that part less.
    assert np.mean(parts) <= FALSE_DISCOVERIES
    power = right / (12 * PLANTED)
    assert power >= {"even": 0.8, "uneven weeks": 0.45, "bursts": 0.55, "slow waves": 0.6}[kind]


def test_dispersion_is_one_in_an_even_world_and_more_in_an_uneven_one() -> None:
    period = PERIODS["thirty days"]
    calm = dispersions(world("even", period, seed=1), period)
    wild = dispersions(world("uneven weeks", period, seed=1), period)
    calm_ones, wild_ones = ([max(one.of[key] for one in found) for key in KEYS] for found in (calm, wild))
    assert np.median(calm_ones) < 1.6 < 1.8 < np.median(wild_ones)


def test_a_burst_of_one_day_is_no_rise_though_none_came_before() -> None:
    period = PERIODS["thirty days"]
    daily = world("even", period, seed=3)
    counts = sums(daily, period)[0]
    key = max(counts, key=lambda key: counts[key])
    tagged, papers = {**daily.tagged, key: [*daily.tagged[key]]}, [*daily.papers]
    tagged[key][-10] += counts[key] // 2
    papers[-10] += counts[key] // 2
    uneven = Daily(start=daily.start, papers=papers, tagged=tagged)
    assert key[1] in {change.value for change in called(changes(uneven, period, plain=True))}
    assert called(changes(uneven, period)) == []


def test_a_steady_rise_counts_as_one_though_every_month_before_rose_too() -> None:
    period = PERIODS["thirty days"]
    chance, start = np.random.default_rng(5), first_day(period)
    n = (period.end - start).days + 1
    papers = np.full(n, 8_000)
    tagged = {key: chance.binomial(papers, 0.05).tolist() for key in KEYS}
    tagged[KEYS[0]] = chance.binomial(papers, np.linspace(0.02, 0.2, n)).tolist()
    found = changes(Daily(start=start, papers=papers.tolist(), tagged=tagged), period)
    assert [(change.value, change.direction) for change in called(found)] == [("00", "rising")]


def test_three_papers_never_surge_in_any_world() -> None:
    period = PERIODS["week"]
    for seed in range(5):
        found = changes(world("bursts", period, seed=seed, a_week=150, planted=PLANTED), period)
        assert all(max(change.before, change.after) >= FEWEST for change in called(found))


def test_a_young_catalog_has_no_estimate_between_periods_and_a_short_period_none_within() -> None:
    period = PERIODS["thirty days"]
    daily = world("even", period, seed=2)
    young = 2 * period.days
    cut = Daily(
        start=period.before().start,
        papers=daily.papers[-young:],
        tagged={key: n[-young:] for key, n in daily.tagged.items()},
    )
    assert (len(dispersions(daily, period)), len(dispersions(cut, period))) == (2, 1)
    days = Period(LAST - timedelta(days=1), LAST)
    assert len(dispersions(daily, days)) == 1
    nothing = Daily(start=cut.start, papers=[0] * young, tagged={key: [0] * young for key in KEYS})
    assert dispersions(nothing, period) == []
