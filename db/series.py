"""How many papers of each stage, topic or application came when? Counted by the day of v1, from the tags that count.

A paper of which only the month is known (its id tells it) counts in months and in no week or day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Literal, NamedTuple

from sqlite_utils import Database

from core.papers.dispersion import Daily
from core.papers.trends import Counted, Period
from db.keys import DAY, day_number, keys_between
from db.trends import ALL, counted, settle, values

By = Literal["day", "week", "month"]
_ONE = timedelta(days=1)


class PeriodCount(NamedTuple):
    """`n` papers filed under `value` in the day, week (from Monday) or month that begins on `start`."""

    start: date
    value: str
    n: int


@dataclass(frozen=True, kw_only=True)
class Series:
    """Counts over time, as a chart wants them.

    :param periods: the first day of every period, those without papers included.
    :param counts: value to its papers in each period.
    :param totals: all papers in each period, filed or not.
    :param partial: whether a period's counts lack days: it had not ended on the day of asking, or it lies only partly
        between the days that were asked for. Shares may be compared all the same, counts may not.
    :param unfinished: whether the last period had not ended on the day of asking.
    """

    periods: tuple[date, ...]
    counts: dict[str, tuple[int, ...]]
    totals: tuple[int, ...]
    partial: tuple[bool, ...]
    unfinished: bool


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Papers filed under `value` in a period and in the equally long one before it."""

    value: str
    now: int
    before: int


def counts(db: Database, kind: Counted, *, by: By, since: date, until: date) -> list[PeriodCount]:
    """Papers by value and period, from `since` to `until`, both included, by period and then by value."""
    found = _by_period(db, kind, by, since, until)
    # Sorting is stable: the values stay in their order within a period.
    return sorted(
        (PeriodCount(start, value, n) for value, periods in found.items() for start, n in periods.items()),
        key=itemgetter(0),
    )


def series(db: Database, kind: Counted, *, by: By, since: date, until: date, today: date | None = None) -> Series:
    """Papers by value over all periods from `since` to `until`, both included.

    :param today: the day of asking; the current day in UTC where left out.
    """
    periods = tuple(_starts(by, since, until))
    whole = totals(db, by=by, since=since, until=until)
    found = _by_period(db, kind, by, since, until)
    asked = today or datetime.now(UTC).date()
    return Series(
        periods=periods,
        counts={value: tuple(by_start.get(start, 0) for start in periods) for value, by_start in found.items()},
        totals=tuple(whole.get(start, 0) for start in periods),
        partial=tuple(start < since or _next(by, start) > min(until + _ONE, asked) for start in periods),
        unfinished=asked < _next(by, periods[-1]) if periods else False,
    )


def totals(db: Database, *, by: By, since: date, until: date) -> dict[date, int]:
    """All papers by period, filed or not: what shares are shares of."""
    return _by_period(db, ALL, by, since, until).get(ALL, {})


def compare(db: Database, kind: Counted, period: Period) -> list[Compared]:
    """A period against the one before it; the most frequent first."""
    now, before = (_sums(db, kind, days) for days in (period, period.before()))
    found = [Compared(value=value, now=now[value], before=before[value]) for value in now | before]
    return sorted(found, key=lambda item: (-item.now, -item.before, item.value))


def compare_totals(db: Database, period: Period) -> tuple[int, int]:
    """All papers of a period and of the one before it."""
    now, before = (_sums(db, ALL, days)[ALL] for days in (period, period.before()))
    return now, before


def daily(db: Database, kind: Counted, *, since: date, until: date) -> Daily:
    """Papers of every day, for judging how unevenly they come; papers of which only the month is known are left out."""
    days = {day_number(since + timedelta(days=at)): at for at in range((until - since).days + 1)}

    def row(rows: Iterable[tuple[int, int]]) -> list[int]:
        found = [0] * len(days)
        for day, n in rows:
            if (at := days.get(day)) is not None:
                found[at] = n
        return found

    (papers,) = [row(rows) for _, rows in _by_day(db, ALL, since, until)] or [row(())]
    return Daily(
        start=since,
        papers=papers,
        tagged={(kind, value): row(rows) for value, rows in _by_day(db, kind, since, until)},
    )


def all_time(db: Database, kind: Counted) -> dict[str, int]:
    """Value to all its papers, of whatever day."""
    months = _by_day(db, kind, None, None, by="month")
    return {value: n for value, rows in months if (n := sum(papers for _, papers in rows))}


def values_of(db: Database, kind: Counted) -> list[str]:
    """The values of a kind that some paper is filed under, in alphabetical order."""
    if settle(db):
        return [value for value, rows in _by_day(db, kind, None, None) if any(rows)]
    return values(db, "trend_counts", kind)


# --- reading ----------------------------------------------------------------------------------------------------------


def _by_day(
    db: Database, kind: str, since: date | None, until: date | None, *, by: By = "day"
) -> Iterator[tuple[str, Iterable[tuple[int, int]]]]:
    """The values in alphabetical order, and of each its days and their papers; no day without a paper.

    :param by: what the days are wanted for; the days of a month may come as one, its day 00.
    """
    uncounted = settle(db)
    low, high = (key // DAY for key in keys_between(since, until))
    by_month = by == "month" and not uncounted
    sums, group = ("day / 100 * 100, sum(n)", "GROUP BY 1") if by_month else ("day, n", "")
    sql = f"SELECT {sums} FROM trend_counts WHERE kind = ? AND value = ? AND day BETWEEN ? AND ? {group}"
    fresh: dict[str, dict[int, int]] = {}
    for _, value, day, n in counted(db, kind) if uncounted else ():
        if low <= day <= high:
            fresh.setdefault(value, {})[day] = n
    for value in sorted({*values(db, "trend_counts", kind), *fresh}):
        # As a stream: a hundred thousand rows in memory keep Python's garbage collector busy.
        rows: Iterable[tuple[int, int]] = db.conn.execute(sql, (kind, value, low, high))
        if uncounted:
            rows = sorted(({day: n for day, n in rows if day not in uncounted} | fresh.get(value, {})).items())
        yield value, rows


def _by_period(db: Database, kind: str, by: By, since: date, until: date) -> dict[str, dict[date, int]]:
    """Value to the first days of periods and their papers."""
    starts: dict[int, date | None] = {}
    found: dict[str, dict[date, int]] = {}
    for value, rows in _by_day(db, kind, since, until, by=by):
        periods: dict[date, int] = {}
        for day, n in rows:
            if day not in starts:
                starts[day] = _start_of(by, day)
            start = starts[day]
            if start is not None:
                periods[start] = periods.get(start, 0) + n
        if periods:
            found[value] = periods
    return found


def _sums(db: Database, kind: str, period: Period) -> Counter[str]:
    """Value to its papers in a period."""
    return +Counter({value: sum(n for _, n in rows) for value, rows in _by_day(db, kind, period.start, period.end)})


def _start_of(by: By, day: int) -> date | None:
    """The first day of the period that YYYYMMDD lies in; None for day 00, which lies in months only."""
    year, month, number = day // 10_000, day // 100 % 100, day % 100
    if by == "month":
        return date(year, month, 1)
    return _start(by, date(year, month, number)) if number else None


def _start(by: By, day: date) -> date:
    """The first day of the period that `day` lies in."""
    if by == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by == "week" else day


def _next(by: By, start: date) -> date:
    """The first day of the period after the one that begins on `start`."""
    if by == "month":
        return date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return start + timedelta(days=7 if by == "week" else 1)


def _starts(by: By, since: date, until: date) -> Iterator[date]:
    start = _start(by, since)
    while start <= until:
        yield start
        start = _next(by, start)
