"""How much more do counts jump than chance alone would have them?

Papers come in bursts: a workshop's deadline, a shared task, a series by one group. A test that takes every paper for a
draw of its own then finds changes that are none. So a tag's dispersion is estimated, the variance of its counts over
that of a binomial, in two ways, and a change must stand against both:

- between periods: how much did the share change from one period to the next before, steady growth set aside?
- within periods: how uneven is the share from week to week (from day to day in short periods) inside the two periods?
  A burst that came in one week is seen here though nothing like it came before.

Of tags that are tested together each estimate borrows from the others (Smyth 2004, as in limma), since a handful of
weeks alone says little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.papers.trends import Dispersion, Key, Period

if TYPE_CHECKING:
    import numpy as np

MOST_PERIODS = 24
YEARS = 3  # that are looked back
_FEWEST_PERIODS = 6
_LEAST = 0.25  # of the papers of the period before; with fewer the catalog was not kept then
_WEEKS = 28  # days from which on a period is cut into weeks
_DAYS = 6  # days from which on it is cut into days
_FEWEST_TAGS = 8  # that can lend to each other
_SMOOTHEST = 0.5  # a rare tag's ratio may be next to none by chance, and its logarithm would outweigh all others
_SAME = 1e-4  # a spread of the logarithms that is none


@dataclass(frozen=True, kw_only=True)
class Daily:
    """Papers of every day from `start` on.

    :param papers: all papers of each day, tagged or not.
    :param tagged: tag to its papers of each day.
    """

    start: date
    papers: Sequence[int]
    tagged: Mapping[Key, Sequence[int]]


def first_day(period: Period) -> date:
    """The first day whose papers tell something of the changes to be expected in this period."""
    *_, last = _before(period)
    return last.start


def dispersions(daily: Daily, period: Period) -> list[Dispersion]:
    """The estimates that there are: none, where the catalog is too young or the period too short for both."""
    if not daily.tagged:
        return []
    found = (_between(daily, period), _within(daily, period))
    return [dispersion for dispersion in found if dispersion is not None]


def _before(period: Period) -> Iterator[Period]:
    """The periods before, as far back as is looked; the one just before in any case."""
    earliest = period.start - timedelta(days=round(365.25 * YEARS))
    one = period.before()
    for _ in range(MOST_PERIODS):
        yield one
        one = one.before()
        if one.start < earliest:
            return


def _between(daily: Daily, period: Period) -> Dispersion | None:
    """From the changes of the shares between the periods before."""
    import numpy as np

    keys = list(daily.tagged)
    windows: list[tuple[int, np.ndarray]] = []
    days, tagged = _arrays(daily)
    for one in _before(period):
        low, high = ((day - daily.start).days for day in (one.start, one.end))
        total = int(days[max(low, 0) : high + 1].sum())
        if low < 0 or not total or (windows and total < _LEAST * windows[0][0]):
            break
        windows.append((total, tagged[:, low : high + 1].sum(axis=1)))
    if len(windows) < _FEWEST_PERIODS:
        return None
    totals = np.array([total for total, _ in windows[::-1]], dtype=float)
    counts = np.array([row for _, row in windows[::-1]], dtype=float)
    shares = counts / totals[:, None]
    # Half a paper keeps the variance of a tag that nearly never comes from being none.
    usual = (counts.sum(axis=0) + 0.5) / (totals.sum() + 1)
    steps = (shares[1:] - shares[:-1]) / np.sqrt(usual * (1 - usual) * (1 / totals[1:] + 1 / totals[:-1])[:, None])
    n = len(steps)
    # Neighbouring steps share a period: the squares around their mean sum to n - 1/n, and tell as much as 2/3 of it.
    ratio = ((steps - steps.mean(axis=0)) ** 2).sum(axis=0) / (n - 1 / n)
    # A history of that length speaks for itself where it is rougher than those of the other tags.
    return _estimate(keys, ratio, (n - 1) * 2 / 3, least=ratio)


def _within(daily: Daily, period: Period) -> Dispersion | None:
    """From the shares of the weeks or days of the two periods, each around its period's own share."""
    import numpy as np

    if period.days < _DAYS:
        return None
    keys = list(daily.tagged)
    days, tagged = _arrays(daily)
    size = 7 if period.days >= _WEEKS else 1
    squares, freedom = np.zeros(len(keys)), 0
    for one in (period.before(), period):
        high = (one.end - daily.start).days + 1
        low = max(high - one.days, 0)
        low += (high - low) % size
        totals = days[low:high].reshape(-1, size).sum(axis=1).astype(float)
        counts = tagged[:, low:high].reshape(len(keys), -1, size).sum(axis=2).astype(float)
        there = totals > 0
        totals, counts = totals[there], counts[:, there]
        if len(totals) < 2:
            continue
        share = (counts.sum(axis=1) + 0.5) / (totals.sum() + 1)
        variance = (share * (1 - share))[:, None] * totals
        squares += ((counts - share[:, None] * totals) ** 2 / variance).sum(axis=1)
        freedom += len(totals) - 1
    if freedom < 2:
        return None
    return _estimate(keys, squares / freedom, freedom)


def _arrays(daily: Daily) -> tuple[np.ndarray, np.ndarray]:
    """Days, and tags by days."""
    import numpy as np

    days = np.array(daily.papers, dtype=np.int64)
    tagged = np.array([daily.tagged[key] for key in daily.tagged], dtype=np.int64)
    return days, tagged


def _estimate(keys: Sequence[Key], own: np.ndarray, freedom: float, *, least: np.ndarray | float = 1.0) -> Dispersion:
    """Dispersions from the tags' own ratios of variances; less than chance is chance too."""
    import numpy as np

    level, borrowed = own, 0.0
    if len(keys) >= _FEWEST_TAGS:
        borrowed, usual = _prior(np.maximum(own, _SMOOTHEST), freedom)
        level = np.full(len(keys), usual)
        if borrowed < np.inf:
            level = (borrowed * usual + freedom * own) / (borrowed + freedom)
    known = borrowed == np.inf
    values = np.maximum(np.maximum(level, least), 1.0).tolist()
    return Dispersion(of=dict(zip(keys, values, strict=True)), freedom=None if known else borrowed + freedom)


def _prior(own: np.ndarray, freedom: float) -> tuple[float, float]:
    """Degrees of freedom and level of what the tags have in common (Smyth 2004, section 6.2).

    Infinitely many where the estimates differ no more than their own error: then all dispersions are one.
    """
    import numpy as np
    from scipy.optimize import brentq
    from scipy.special import digamma, polygamma

    half = freedom / 2
    centred = np.log(own) - digamma(half) + np.log(half)
    middle, excess = float(centred.mean()), float(centred.var(ddof=1) - polygamma(1, half))
    if excess <= _SAME:
        return np.inf, float(np.exp(middle))
    y = float(brentq(lambda y: float(polygamma(1, y)) - excess, 1e-3, 2 / _SAME))
    return 2 * y, float(np.exp(middle + digamma(y) - np.log(y)))
