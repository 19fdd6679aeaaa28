"""Which stages, topics and applications rise or fall, and which differences are only chance?

Pure statistics of counts. A share is compared with the share in the period before by Fisher's exact test, which
conditions on the totals and so holds for small counts too, but takes every paper for a draw of its own. Papers come in
bursts, so the change must also stand against a quasi-likelihood F test for each estimate of the tag's dispersion
(core/papers/dispersion.py); the largest p counts. Over the tags of one kind, which answer one question and are read in
one table, the procedure of Benjamini and Hochberg (1995) keeps the expected part of false discoveries at or under the
stated rate. Kinds are tested apart: the stages, of which nearly all may have changed, would loosen the bar for the
topics if all were one family (Efron 2008).
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Literal

from core.papers.tags import TagKind

Direction = Literal["rising", "falling", "flat"]
# What is counted: papers under a tag, and papers that join two stages (`adapt+align`).
Counted = TagKind | Literal["join"]
Key = tuple[Counted, str]

FALSE_DISCOVERIES = 0.05
# However small its p, a difference between handfuls is no trend.
FEWEST = 5


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included.

    :raises ValueError: it ends before it begins.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period cannot end on {self.end}, before it begins on {self.start}; swap the two days")

    @classmethod
    def week_of(cls, day: date) -> Period:
        """The week, Monday to Sunday, in which `day` lies."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=6))

    @classmethod
    def month_of(cls, day: date) -> Period:
        """The month in which `day` lies."""
        return cls(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def before(self) -> Period:
        """The period of the same kind just before: for whole months as many whole months, else as many days."""
        last = self.start - timedelta(days=1)
        if self.start.day == 1 and (self.end + timedelta(days=1)).day == 1:
            months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
            index = self.start.year * 12 + self.start.month - 1 - months
            return Period(date(index // 12, index % 12 + 1, 1), last)
        return Period(last - timedelta(days=self.days - 1), last)

    def is_unfinished(self, today: date) -> bool:
        """Whether papers of its days can still be submitted. Shares may be compared all the same, counts may not."""
        return today <= self.end

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A tag in two periods.

    :param before, after: papers with the tag; their totals are those of the comparison.
    :param share_before, share_after: of all papers of the period; None where it has none.
    :param interval_before, interval_after: 95 % Wilson interval of the share; None where the period has no papers.
    :param p: two-sided: the largest of Fisher's exact test and of the F tests against the tag's dispersion.
    :param q: the smallest false-discovery rate at which this tag would be called.
    :param dispersion: variance of the tag's counts over that of chance, the larger of the estimates; 1 where none is.
    """

    kind: Counted
    value: str
    before: int
    after: int
    share_before: float | None
    share_after: float | None
    interval_before: tuple[float, float] | None
    interval_after: tuple[float, float] | None
    p: float
    q: float
    direction: Direction
    dispersion: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Dispersion:
    """How many times as much as by chance the counts of tags vary.

    :param of: at least 1 for each tag; a tag that is missing counts as 1.
    :param freedom: degrees of freedom of the estimates; None where they are as good as known.
    """

    of: Mapping[Key, float]
    freedom: float | None


def wilson(count: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Wilson 1927), good near 0 and 1 too.

    :raises ValueError: there is nothing to have a share of, or the count is not between 0 and the total.
    """
    if total < 1 or not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share; the count must lie between 0 and a total of at least 1")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, denominator = count / total, 1 + z * z / total
    middle = (share + z * z / (2 * total)) / denominator
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / denominator
    # At the ends the bound is the end itself; rounding must not leave it out.
    low = 0.0 if count == 0 else max(0.0, middle - half)
    return low, 1.0 if count == total else min(1.0, middle + half)


def false_discovery(ps: Sequence[float]) -> list[float]:
    """The q of each p (Benjamini-Hochberg), in the order given."""
    order = sorted(range(len(ps)), key=lambda place: -ps[place])
    found, smallest = [0.0] * len(ps), 1.0
    for rank, place in enumerate(order):
        smallest = min(smallest, ps[place] * len(ps) / (len(ps) - rank))
        found[place] = smallest
    return found


def _exact(before: int, papers_before: int, after: int, papers_after: int) -> float:
    """Fisher's exact test, two-sided: all tables with these margins that are no likelier than the one seen.

    SciPy's own takes up to 15 ms a table, too long for a page of fifty.
    """
    import numpy as np
    from scipy.special import gammaln

    papers, tagged = papers_before + papers_after, before + after
    if not papers_before or not papers_after:
        return 1.0
    middle = tagged * papers_before / papers
    spread = math.sqrt(max(middle * papers_after / papers * (papers - tagged) / papers, 1.0))
    # Twelve standard deviations around the middle and beyond the table seen: what lies further out adds nothing.
    reach = abs(before - middle) + 12 * spread
    low = max(0, tagged - papers_after, math.floor(middle - reach))
    high = min(tagged, papers_before, math.ceil(middle + reach))
    cell = np.arange(low, high + 1)
    cells = (cell, papers_before - cell, tagged - cell, papers_after - tagged + cell)
    likely = -sum(gammaln(one + 1) for one in cells)
    weights = np.exp(likely - likely.max())
    # Tables that are equally likely differ in the last places of their logarithms.
    return min(1.0, float(weights[likely <= likely[before - low] + 1e-7].sum() / weights.sum()))


def _against(dispersion: float, freedom: float | None, counts: tuple[int, int], papers: tuple[int, int]) -> float:
    """Quasi-likelihood: the squared difference of the shares over its variance, as often as chance gives one."""
    from scipy.special import chdtrc, fdtrc

    pooled = sum(counts) / max(1, sum(papers))
    if not min(papers) or not 0 < pooled < 1:
        return 1.0
    old, new = (count / total for count, total in zip(counts, papers, strict=True))
    variance = pooled * (1 - pooled) * (1 / papers[0] + 1 / papers[1])
    ratio = (new - old) ** 2 / variance / dispersion
    return float(chdtrc(1, ratio) if freedom is None else fdtrc(1, freedom, ratio))


def compare(
    before: Mapping[Key, int],
    after: Mapping[Key, int],
    *,
    papers_before: int,
    papers_after: int,
    dispersions: Sequence[Dispersion] = (),
    rate: float = FALSE_DISCOVERIES,
) -> list[Change]:
    """Every tag that stands in one of the periods, most certain change first. Give the tags of one kind.

    A tag is rising or falling if its q is at most `rate` and one of its counts is at least `FEWEST`; else it is flat.

    :param papers_before, papers_after: all papers of the period, tagged or not.
    :param dispersions: against each of which a change must stand.
    :raises ValueError: a count is negative or larger than its period's papers.
    """
    keys = sorted({key for counts in (before, after) for key, count in counts.items() if count})
    pairs = [(before.get(key, 0), after.get(key, 0)) for key in keys]
    papers = (papers_before, papers_after)
    ps = []
    for key, (old, new) in zip(keys, pairs, strict=True):
        if not (0 <= old <= papers_before and 0 <= new <= papers_after):
            raise ValueError(f"{key[1]}: {old} of {papers_before} and {new} of {papers_after} cannot be; count again")
        p = _exact(old, papers_before, new, papers_after)
        against = [_against(one.of.get(key, 1.0), one.freedom, (old, new), papers) for one in dispersions]
        ps.append(max((p, *against)))
    qs = false_discovery(ps)
    found = [
        _change(key, pair, papers, p, q, rate, max((1.0, *(one.of.get(key, 1.0) for one in dispersions))))
        for key, pair, p, q in zip(keys, pairs, ps, qs, strict=True)
    ]
    return sorted(found, key=lambda change: (change.q, change.p, -change.after, change.kind, change.value))


def _change(
    key: Key,
    counts: tuple[int, int],
    papers: tuple[int, int],
    p: float,
    q: float,
    rate: float,
    dispersion: float,
) -> Change:
    shares = [count / total if total else None for count, total in zip(counts, papers, strict=True)]
    intervals = [wilson(count, total) if total else None for count, total in zip(counts, papers, strict=True)]
    direction: Direction = "flat"
    if q <= rate and max(counts) >= FEWEST and shares[0] is not None and shares[1] is not None:
        direction = "rising" if shares[1] > shares[0] else "falling"
    return Change(
        kind=key[0],
        value=key[1],
        before=counts[0],
        after=counts[1],
        share_before=shares[0],
        share_after=shares[1],
        interval_before=intervals[0],
        interval_after=intervals[1],
        p=p,
        q=q,
        direction=direction,
        dispersion=dispersion,
    )


def surges(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """The rising and the falling tags, strongest ratio first; what came from nothing stands at the top."""

    def ratio(change: Change) -> float:
        # Half a paper added to both, so that a count of none has a ratio too.
        return (change.after + 0.5) / (change.before + 0.5)

    listed = list(changes)
    rising = sorted((c for c in listed if c.direction == "rising"), key=lambda c: (-ratio(c), c.value))
    falling = sorted((c for c in listed if c.direction == "falling"), key=lambda c: (ratio(c), c.value))
    return rising, falling
