"""On which day did a paper become news? On the day that arXiv gives to its announcement.

v1 days lag announcements by one day to five, and a paper that moderation held, or that was cross-listed later, comes
weeks after its v1 day. So a source's own word counts first (feeds tell the day); else arXiv's calendar says in which
announcement a submission of that moment is told, unless a whole sync looked at that announcement and did not show the
paper: then it is news on the day on which the catalog first saw it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from core.digests.span import SHOWING
from core.papers.calendar.announcements import EASTERN, Batch, batches, latest
from core.papers.calendar.emptiness import SETTLING
from core.papers.source import Days

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Look:
    """A sync that came to a good end.

    :param days: by which day of a paper its window is meant.
    :param categories: asked for; none means all.
    """

    source: str
    days: Days
    since: date
    until: date
    categories: frozenset[str]
    started: datetime
    finished: datetime

    def has(self, day: date) -> bool:
        """Whether it asked for this day."""
        return self.since <= day <= self.until


class Told(Protocol):
    """What is asked of a paper: v1's moment, the day that a source told, when the catalog first saw it."""

    @property
    def submitted(self) -> datetime | None: ...

    @property
    def announced(self) -> date | None: ...

    @property
    def seen(self) -> datetime: ...

    @property
    def categories(self) -> Collection[str]: ...


def days_of(batch: Batch) -> list[date]:
    """The days, in UTC, on which the papers of an announcement were submitted."""
    first, last = batch.first.date(), (batch.last - timedelta(seconds=1)).date()
    return [first + _DAY * number for number in range((last - first).days + 1)]


def covered(looks: Iterable[Look], batch: Batch, *, after: timedelta = SHOWING) -> bool:
    """Whether these syncs of one source together asked for all of an announcement.

    :param after: how long it had to be made by then: `SHOWING` where the servers are quick, `SETTLING` for certain.
    """
    late = [look for look in looks if look.started >= batch.announced_at + after]
    # A feed shows the last announcement and no other.
    if any(look.days == "announced" and latest(look.started - SHOWING).day == batch.day for look in late):
        return True
    if any(look.days == "modified" and look.has(batch.feed_day) for look in late):
        return True
    asked = [look for look in late if look.days == "submitted"]
    return all(any(look.has(day) for look in asked) for day in days_of(batch))


def list_covered(looks: Iterable[Look], day: date) -> bool:
    """Whether one of these syncs asked for Hugging Face's list of a day after that day was over."""
    over = datetime.combine(day + _DAY, time(0), UTC)
    return any(look.days == "listed" and look.has(day) and look.started >= over for look in looks)


class Arrivals:
    """Knows the day on which each paper became news.

    :param looks: syncs of all sources.
    :param since, until: days around those that are asked about.
    """

    def __init__(self, looks: Sequence[Look], *, since: date, until: date) -> None:
        first, last = (datetime.combine(day, time(12), EASTERN) for day in (since - 7 * _DAY, until + 7 * _DAY))
        self._batches = batches(first, last)
        self._lasts = [batch.last for batch in self._batches]
        self._looks = [
            [look for look in looks if look.days == "submitted" and look.started >= batch.announced_at + SETTLING]
            for batch in self._batches
        ]

    def day_of(self, paper: Told) -> date | None:
        """The day of a paper; None where it lies outside, or cannot be known."""
        announced, submitted = paper.announced, paper.submitted
        if announced is not None or submitted is None:
            return announced
        place = bisect_right(self._lasts, submitted)
        if place == len(self._batches) or submitted < self._batches[0].first:
            return None
        for look in self._looks[place]:
            if look.finished >= paper.seen or not look.has(submitted.date()):
                continue
            if not look.categories or look.categories.intersection(paper.categories):
                return max(self._batches[place].feed_day, latest(paper.seen - SHOWING).feed_day)
        return self._batches[place].feed_day
