"""How many papers of each stage, topic or application came when? Counted by the day of v1, from the tags that count.

A paper of which only the month is known (its id tells it) counts in months and in no week or day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from core.papers.tags import TagKind
from core.papers.trends import Period
from db.keys import DAY, keys_between

By = Literal["day", "week", "month"]
_MONTH = 100 * DAY  # keys a month has


@dataclass(frozen=True, kw_only=True)
class PeriodCount:
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
    :param unfinished: whether the last period had not ended on the day of asking.
    """

    periods: tuple[date, ...]
    counts: dict[str, tuple[int, ...]]
    totals: tuple[int, ...]
    unfinished: bool


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Papers filed under `value` in a period and in the equally long one before it."""

    value: str
    now: int
    before: int


def counts(db: Database, kind: TagKind, *, by: By, since: date, until: date) -> list[PeriodCount]:
    """Papers by value and period, from `since` to `until`, both included, by period and then by value."""
    found: list[PeriodCount] = []
    for value in values_of(db, kind):
        sql = (
            f"SELECT paper / {_unit(by)}, count(*) FROM tags INDEXED BY tags_effective "
            "WHERE effective = 1 AND kind = ? AND value = ? AND paper BETWEEN ? AND ? GROUP BY 1"
        )
        numbers = db.conn.execute(sql, (kind, value, *keys_between(since, until))).fetchall()
        found += [PeriodCount(start=start, value=value, n=n) for start, n in _periods(numbers, by).items()]
    return sorted(found, key=lambda count: (count.start, count.value))


def series(db: Database, kind: TagKind, *, by: By, since: date, until: date, today: date | None = None) -> Series:
    """Papers by value over all periods from `since` to `until`, both included.

    :param today: the day of asking; the current day in UTC where left out.
    """
    periods = tuple(_starts(by, since, until))
    whole = totals(db, by=by, since=since, until=until)
    found: dict[str, dict[date, int]] = {}
    for item in counts(db, kind, by=by, since=since, until=until):
        found.setdefault(item.value, {})[item.start] = item.n
    asked = today or datetime.now(UTC).date()
    return Series(
        periods=periods,
        counts={value: tuple(by_start.get(start, 0) for start in periods) for value, by_start in found.items()},
        totals=tuple(whole.get(start, 0) for start in periods),
        unfinished=asked < _next(by, periods[-1]) if periods else False,
    )


def totals(db: Database, *, by: By, since: date, until: date) -> dict[date, int]:
    """All papers by period, filed or not: what shares are shares of."""
    sql = f"SELECT key / {_unit(by)}, count(*) FROM papers INDEXED BY papers_id WHERE key BETWEEN ? AND ? GROUP BY 1"
    return _periods(db.conn.execute(sql, keys_between(since, until)).fetchall(), by)


def compare(db: Database, kind: TagKind, period: Period) -> list[Compared]:
    """A period against the one before it; the most frequent first."""
    found = []
    for value in values_of(db, kind):
        sql = (
            "SELECT count(*) FROM tags INDEXED BY tags_effective "
            "WHERE effective = 1 AND kind = ? AND value = ? AND paper BETWEEN ? AND ?"
        )
        now, before = (
            db.conn.execute(sql, (kind, value, *keys_between(days.start, days.end))).fetchone()[0]
            for days in (period, period.before())
        )
        if now or before:
            found.append(Compared(value=value, now=now, before=before))
    return sorted(found, key=lambda item: (-item.now, -item.before, item.value))


def compare_totals(db: Database, period: Period) -> tuple[int, int]:
    """All papers of a period and of the one before it."""
    sql = "SELECT count(*) FROM papers INDEXED BY papers_id WHERE key BETWEEN ? AND ?"
    now, before = (
        db.conn.execute(sql, keys_between(days.start, days.end)).fetchone()[0] for days in (period, period.before())
    )
    return now, before


def values_of(db: Database, kind: TagKind) -> list[str]:
    """The values of a kind that some paper is filed under, in alphabetical order."""
    # One look-up in the index for each value, where DISTINCT would walk over every paper.
    sql = """
WITH RECURSIVE found (value) AS (
    SELECT (SELECT min(value) FROM tags WHERE effective = 1 AND kind = :kind)
    UNION ALL
    SELECT (SELECT min(value) FROM tags WHERE effective = 1 AND kind = :kind AND value > found.value)
    FROM found WHERE found.value IS NOT NULL)
SELECT value FROM found WHERE value IS NOT NULL"""
    return [value for (value,) in db.conn.execute(sql, {"kind": kind})]


def _unit(by: By) -> int:
    return _MONTH if by == "month" else DAY


def _periods(numbers: list[tuple[int, int]], by: By) -> dict[date, int]:
    """Counts by YYYYMM or YYYYMMDD as counts by the first day of the period; day 00 is no day."""
    found: Counter[date] = Counter()
    for number, n in numbers:
        if by == "month":
            found[date(number // 100, number % 100, 1)] += n
        elif number % 100:
            found[_start(by, date(number // 10_000, number // 100 % 100, number % 100))] += n
    return dict(sorted(found.items()))


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
