"""How many papers of each stage, topic or application came when? Counted by the day of v1, from the tags that count.

A paper of which only the month is known (its id tells it) counts in months and in no week or day.

`trend_counts` holds the papers of every day. Who writes papers or tags marks their days, and who reads counts the
marked days again first; where a sync holds the catalog just then, the reader counts those days for itself.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Literal, NamedTuple, get_args

from sqlite_utils import Database

from core.papers.tags import TagKind
from core.papers.trends import Period
from db.connect import transaction
from db.keys import DAY, keys_between

By = Literal["day", "week", "month"]
_ALL = ""  # kind and value of the counts of all papers
_PATIENCE = 250  # milliseconds that a reader waits for a writer


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


def mark(db: Database, keys: Iterable[int]) -> None:
    """The days of these papers are to be counted again: their tags changed, they came, went or moved."""
    days = {key // DAY for key in keys}
    db.conn.executemany("INSERT OR IGNORE INTO trend_days (day) VALUES (?)", [(day,) for day in days])


def settle(db: Database) -> frozenset[int]:
    """Count the marked days again.

    :returns: the days that could not be counted, since another process has been writing all the while; mostly none.
    """
    if not (marked := _marked(db)):
        return marked
    try:
        with _impatient(db), transaction(db):
            _count_marked(db)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY):
            raise
        return marked
    return frozenset()


def recount(db: Database) -> int:
    """Count every day again, marked or not; returns how many counts were wrong."""
    with transaction(db):
        _count_marked(db)
        before = set(db.conn.execute("SELECT kind, value, day, n FROM trend_counts"))
        for days in ("key / 1000000 FROM papers INDEXED BY papers_id", "day FROM trend_counts"):
            db.conn.execute(f"INSERT OR IGNORE INTO trend_days (day) SELECT DISTINCT {days}")
        _count_marked(db)
        after = set(db.conn.execute("SELECT kind, value, day, n FROM trend_counts"))
    return len({row[:3] for row in before ^ after})


def counts(db: Database, kind: TagKind, *, by: By, since: date, until: date) -> list[PeriodCount]:
    """Papers by value and period, from `since` to `until`, both included, by period and then by value."""
    found = _by_period(db, kind, by, since, until)
    # Sorting is stable: the values stay in their order within a period.
    return sorted(
        (PeriodCount(start, value, n) for value, periods in found.items() for start, n in periods.items()),
        key=itemgetter(0),
    )


def series(db: Database, kind: TagKind, *, by: By, since: date, until: date, today: date | None = None) -> Series:
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
        unfinished=asked < _next(by, periods[-1]) if periods else False,
    )


def totals(db: Database, *, by: By, since: date, until: date) -> dict[date, int]:
    """All papers by period, filed or not: what shares are shares of."""
    return _by_period(db, _ALL, by, since, until).get(_ALL, {})


def compare(db: Database, kind: TagKind, period: Period) -> list[Compared]:
    """A period against the one before it; the most frequent first."""
    now, before = (_sums(db, kind, days) for days in (period, period.before()))
    found = [Compared(value=value, now=now[value], before=before[value]) for value in now | before]
    return sorted(found, key=lambda item: (-item.now, -item.before, item.value))


def compare_totals(db: Database, period: Period) -> tuple[int, int]:
    """All papers of a period and of the one before it."""
    now, before = (_sums(db, _ALL, days)[_ALL] for days in (period, period.before()))
    return now, before


def values_of(db: Database, kind: TagKind) -> list[str]:
    """The values of a kind that some paper is filed under, in alphabetical order."""
    if settle(db):
        return [value for value, rows in _by_day(db, kind, None, None) if any(rows)]
    return _values(db, "trend_counts", kind)


# --- counting ---------------------------------------------------------------------------------------------------------


def _marked(db: Database) -> frozenset[int]:
    return frozenset(day for (day,) in db.conn.execute("SELECT day FROM trend_days"))


@contextmanager
def _impatient(db: Database) -> Iterator[None]:
    """Wait only a moment for the write lock."""
    (usual,) = db.conn.execute("PRAGMA busy_timeout").fetchone()
    db.conn.execute(f"PRAGMA busy_timeout = {min(usual, _PATIENCE)}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {usual}")


def _count_marked(db: Database) -> None:
    """Bring `trend_counts` up to date, in the caller's transaction."""
    for kind in (*get_args(TagKind), _ALL):
        db.conn.executemany(
            "DELETE FROM trend_counts WHERE kind = ? AND value = ? AND day IN (SELECT day FROM trend_days)",
            [(kind, value) for value in _values(db, "trend_counts", kind)],
        )
        db.conn.executemany("INSERT INTO trend_counts (kind, value, day, n) VALUES (?, ?, ?, ?)", _counted(db, kind))
    db.conn.execute("DELETE FROM trend_days")


def _counted(db: Database, kind: str) -> Iterator[tuple[str, str, int, int]]:
    """Kind, value, day and number of papers, of the marked days that have some."""
    if kind == _ALL:
        for day, n in db.conn.execute(_PAPERS_OF_DAYS):
            yield _ALL, _ALL, day, n
        return
    for value in _values(db, "tags", kind):
        for day, n in db.conn.execute(_FILED_OF_DAYS, (kind, value)):
            yield kind, value, day, n


_OF_DAY = f"BETWEEN day * {DAY} AND day * {DAY} + {DAY - 1}"
# Both indexes have the papers in the order of their days: a look-up for each day, and nothing to sort.
_PAPERS_OF_DAYS = (
    f"SELECT day, count(*) FROM trend_days CROSS JOIN papers INDEXED BY papers_heads ON key {_OF_DAY} GROUP BY day"
)
_FILED_OF_DAYS = (
    "SELECT day, count(*) FROM trend_days CROSS JOIN tags INDEXED BY tags_effective "
    f"ON effective = 1 AND kind = ? AND value = ? AND paper {_OF_DAY} GROUP BY day"
)


def _values(db: Database, table: Literal["tags", "trend_counts"], kind: str) -> list[str]:
    """The values of a kind that count, in alphabetical order."""
    # One look-up in the index for each value, where DISTINCT would walk over every row.
    where = "kind = :kind" if table == "trend_counts" else "effective = 1 AND kind = :kind"
    sql = f"""
WITH RECURSIVE found (value) AS (
    SELECT (SELECT min(value) FROM {table} WHERE {where})
    UNION ALL
    SELECT (SELECT min(value) FROM {table} WHERE {where} AND value > found.value)
    FROM found WHERE found.value IS NOT NULL)
SELECT value FROM found WHERE value IS NOT NULL"""
    return [value for (value,) in db.conn.execute(sql, {"kind": kind})]


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
    for _, value, day, n in _counted(db, kind) if uncounted else ():
        if low <= day <= high:
            fresh.setdefault(value, {})[day] = n
    for value in sorted({*_values(db, "trend_counts", kind), *fresh}):
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
