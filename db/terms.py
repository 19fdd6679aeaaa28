"""In how many titles does a phrase stand, in a period and in the one before it, and in which?

Two looks. The first counts all phrases; where the periods have very many papers, from the phrases of whole months,
which leave out what only one title of a month has. The second counts some phrases exactly, title by title.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from sqlite_utils import Database

from core.papers.title_words import LONGEST
from core.papers.title_words import phrases as phrases_of
from core.papers.trends import FEWEST, Period
from db.keys import DAY, keys_between
from db.records import Stored
from db.stored import load_stored
from db.title_words import BITS, joined, numbers_of, phrases, spelled
from db.trends import settle

READ_WHOLE = 2_500_000  # bytes of titles (some 50,000) up to which every title is read
_OF_MONTHS, _OF_A_MONTH = 3, 2
_LONG = 200  # days of a period that is told by its months alone
_BUCKETS = 20  # bits
_SCATTER = np.uint64(0x9E3779B97F4A7C15)
_MONTHLY = np.concatenate((np.arange(0, 12, 0.02), [12, 1e9]))
_HALF = math.log(2)
_LOOKED_AT = 5  # titles that say how a phrase is mostly written


class Phrases(NamedTuple):
    """Phrases that at least `FEWEST` titles of the two periods have, and their papers in each.

    `tested` is how many there are; where single ones were left out, an upper bound of it.
    """

    keys: np.ndarray
    before: np.ndarray
    after: np.ndarray
    tested: int


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A phrase, counted exactly.

    :param words: in lower case, parted by spaces.
    :param days: of the period, on which papers with it came.
    :param newest: the day and the place within it of the last papers with it, the newest first.
    """

    words: str
    before: int
    after: int
    days: int
    newest: tuple[tuple[int, int], ...]


def count_phrases(db: Database, period: Period) -> Phrases:
    """All phrases of a period and of the one before it. While another process writes, as they were counted last."""
    settle(db)
    periods = (period.before(), period)
    whole = sum(_size(db, one) for one in periods) <= READ_WHOLE
    sides = [_counted(db, one, whole=whole) for one in periods]
    # Without their single ones, phrases that have enough papers have at least so many in the months.
    least = FEWEST if whole else _OF_MONTHS
    # Most phrases come once or twice in all. Phrases that share a bucket only look more frequent than they are.
    buckets = [_bucket(side.keys) for side in sides]
    filled = np.zeros(1 << _BUCKETS)
    for side, bucket in zip(sides, buckets, strict=True):
        filled += np.bincount(bucket, side.papers, minlength=len(filled))
    often = [filled[bucket] >= least for bucket in buckets]
    summed = [_summed(side.keys[some], side.papers[some]) for side, some in zip(sides, often, strict=True)]
    every = _distinct(np.concatenate((summed[0][0], summed[1][0])))
    papers = np.zeros((2, len(every)))
    for row, (keys, n) in zip(papers, summed, strict=True):
        row[np.searchsorted(every, keys)] = n
    enough = papers.sum(axis=0) >= least
    before, after = (_likely(row[enough], side.months) for row, side in zip(papers, sides, strict=True))
    return Phrases(every[enough], before, after, int(enough.sum() if whole else (filled >= _OF_A_MONTH).sum()))


def look_closely(db: Database, keys: Sequence[int], period: Period) -> list[Phrase]:
    """Some phrases, counted title by title."""
    if not keys:
        return []
    before, after = _Titles(db, period.before()), _Titles(db, period)
    old, (new, titles) = np.bincount(before.having(keys)[0], minlength=len(keys)), after.having(keys)
    days = after.day_of(titles)
    edges = np.searchsorted(new, np.arange(len(keys) + 1)).tolist()
    found = []
    for number, words in enumerate(spelled(db, keys)):
        low, high = edges[number : number + 2]
        last = slice(max(low, high - _LOOKED_AT), high)
        newest = zip(days[last].tolist(), titles[last].tolist(), strict=True)
        found.append(
            Phrase(
                words=words,
                before=int(old[number]),
                after=high - low,
                days=len(_distinct(days[low:high])),
                newest=tuple(after.place_of(day, title) for day, title in newest)[::-1],
            )
        )
    return found


def examples(db: Database, found: Phrase, *, most: int) -> tuple[str, list[Stored]]:
    """How titles mostly write a phrase, and its newest papers."""
    written: dict[str, int] = {}
    keys = []
    for day, place in found.newest:
        row = db.conn.execute(
            "SELECT key, title FROM papers INDEXED BY papers_heads WHERE key BETWEEN ? AND ? "
            "ORDER BY key LIMIT 1 OFFSET ?",
            (day * DAY, day * DAY + DAY - 1, place),
        ).fetchone()
        # Where another process has written since the day was counted, another paper may stand in this place.
        forms = [] if row is None else [one.written for one in phrases_of(row[1]) if one.words == found.words]
        if forms:
            keys.append(row[0])
            written[forms[0]] = written.get(forms[0], 0) + 1
    name = max(written, key=lambda form: written[form], default=found.words)
    return name, load_stored(db, keys[:most])


# --- reading ----------------------------------------------------------------------------------------------------------


def _days(period: Period) -> tuple[int, int]:
    """First and last day as numbers; 00, of papers of which only the month is known, is the first day of a month."""
    low, high = (key // DAY for key in keys_between(period.start, period.end))
    return low, high


def _size(db: Database, period: Period) -> int:
    sql = "SELECT coalesce(sum(length(words)), 0) FROM title_days WHERE day BETWEEN ? AND ?"
    return int(db.conn.execute(sql, _days(period)).fetchone()[0])


class _Side(NamedTuple):
    """Phrases of a period and their papers; a phrase may come several times. `months` lack their single ones."""

    keys: np.ndarray
    papers: np.ndarray
    months: float


def _counted(db: Database, period: Period, *, whole: bool) -> _Side:
    found, papers, months = [np.empty(0, np.int64)], [np.empty(0)], 0.0
    for part, share in [(period, 0.0)] if whole else _parts(period):
        # Of half a month beside a year its share of the month is near enough, and much sooner there.
        if share < 1 and (whole or period.days < _LONG):
            found.append(phrases(joined(words for _, words in _titles(db, part))))
            papers.append(np.ones(len(found[-1])))
            continue
        months += share
        sql = "SELECT phrases, papers FROM title_months WHERE month = ?"
        for keys, n in db.conn.execute(sql, (part.start.year * 100 + part.start.month,)):
            found.append(np.frombuffer(keys, dtype="<i8"))
            papers.append(np.frombuffer(n, dtype="<i4") * share)
    return _Side(np.concatenate(found), np.concatenate(papers), months)


def _likely(papers: np.ndarray, months: float) -> np.ndarray:
    """How many papers phrases are likely to have, where the months leave out what one title alone has.

    Of a phrase that comes m times a month by chance they hold m (1 - exp(-m)) on average; where they hold none, m may
    still be what leaves that to one chance in two.
    """
    if not months:
        return papers.astype(np.int64)
    held = _MONTHLY * -np.expm1(-_MONTHLY)
    likely = np.interp((papers + _HALF) / months, held, _MONTHLY) * months
    return np.rint(np.maximum(papers, likely)).astype(np.int64)


def _summed(keys: np.ndarray, papers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key once, ascending, with all its papers."""
    if not len(keys):
        return keys, papers
    order = np.argsort(keys)
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(papers[order], starts)


def _parts(period: Period) -> Iterator[tuple[Period, float]]:
    """A period month by month, and how much of the month each part is."""
    start = period.start
    while start <= period.end:
        month = Period.month_of(start)
        part = Period(start, min(month.end, period.end))
        yield part, part.days / month.days
        start = part.end + timedelta(days=1)


def _titles(db: Database, period: Period) -> Iterator[tuple[int, bytes]]:
    sql = "SELECT day, words FROM title_days WHERE day BETWEEN ? AND ? ORDER BY day"
    yield from db.conn.execute(sql, _days(period))


def _bucket(keys: np.ndarray) -> np.ndarray:
    return (keys.astype(np.uint64) * _SCATTER >> np.uint64(64 - _BUCKETS)).astype(np.int64)


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """Each of some numbers from 0 on once, ascending; `np.unique` takes four times as long."""
    ordered = np.sort(numbers)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


class _Titles:
    """All titles of a period."""

    def __init__(self, db: Database, period: Period) -> None:
        days = list(_titles(db, period))
        self._days = [day for day, _ in days]
        self._words = joined(words for _, words in days)
        # Where titles end among the words (1 and 2 of unsigned 0, 1, 2, …), and where days end among the titles.
        self._ends = np.flatnonzero((self._words - 1).view("<u4") < 2)
        self._edges = np.searchsorted(self._ends, np.cumsum([len(words) // 4 for _, words in days]))

    def day_of(self, titles: np.ndarray) -> np.ndarray:
        """The days of titles, as places among the days that have any."""
        return np.searchsorted(self._edges, titles, side="right")

    def place_of(self, day: int, title: int) -> tuple[int, int]:
        """The day as a number, and the title's place within it."""
        return self._days[day], title - (int(self._edges[day - 1]) if day else 0)

    def having(self, keys: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Every phrase in every title that has it: the places of the phrases, ascending, and the titles."""
        if not len(self._words):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        # Each phrase is looked for where its newest word stands, which mostly is its rarest.
        anchors: dict[tuple[int, int], list[int]] = {}
        for place, key in enumerate(keys):
            numbers = numbers_of(key)
            anchors.setdefault((len(numbers), numbers.index(max(numbers))), []).append(place)
        newest = [max(numbers_of(key)) for key in keys]
        stands = np.zeros(4 * max(int(self._words.max() >> 2), *newest) + 4, dtype=bool)
        for kind in range(4):
            stands[np.array(newest) * 4 + kind] = True
        at = np.flatnonzero(stands[self._words])
        around = at[:, None] + np.arange(1 - LONGEST, LONGEST)
        number = self._words.take(around, mode="clip").astype(np.int64) >> 2
        number[(around < 0) | (around >= len(self._words))] = 0
        hits = []
        for (length, anchor), places in anchors.items():
            order = np.argsort([keys[place] for place in places])
            wanted = np.array([keys[place] for place in places], dtype=np.int64)[order]
            first = LONGEST - 1 - anchor
            key = np.bitwise_or.reduce([number[:, first + step] << (BITS * step) for step in range(length)])
            found = np.searchsorted(wanted, key).clip(max=len(wanted) - 1)
            match = wanted[found] == key
            owner = np.searchsorted(self._ends, at[match])
            hits.append(np.array(places)[order][found[match]] * len(self._ends) + owner)
        return np.divmod(_distinct(np.concatenate(hits)), len(self._ends))
