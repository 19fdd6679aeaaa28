"""Which days does a digest tell, and from when on can it be told?

A daily digest belongs to the day that arXiv gives to an announcement in its listings, Monday to Friday; what is new is
what arXiv announced for that day, not what was submitted on it. Hugging Face's lists grow until their day is over, so
that a digest tells those that ended since the digest before it. A weekly digest tells an ISO week, Monday to Sunday.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from core.language import Text
from core.papers.calendar.announcements import EASTERN, Batch, batches, is_announced
from core.papers.calendar.holiday_names import name_of
from core.papers.trends import Period

Every = Literal["day", "week"]

# arXiv announces at 20:00 in New York and shows that to programs about midnight; half an hour for the clocks.
SHOWN_AT = time(0, 30)
SHOWING = timedelta(hours=4, minutes=30)  # from the announcement to then
_DAY = timedelta(days=1)
_MONDAY, _FRIDAY = 0, 4
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})|(\d{4})-W(\d{2})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Span:
    """The days of a digest.

    :param day: the day itself, or the Monday of the week.
    """

    every: Every
    day: date

    def __post_init__(self) -> None:
        if self.every == "week" and self.day.weekday() != _MONDAY:
            raise ValueError(f"a week begins on a Monday, and {self.day} is a {self.day:%A}; use Span.of_week")

    @classmethod
    def of_day(cls, day: date) -> Span:
        """The digest of one day."""
        return cls(every="day", day=day)

    @classmethod
    def of_week(cls, day: date) -> Span:
        """The digest of the ISO week in which `day` lies."""
        return cls(every="week", day=Period.week_of(day).start)

    @classmethod
    def parse(cls, name: str) -> Span:
        """The span of this name.

        :raises ValueError: it is none.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name!r} names no digest; write 2026-11-20 or 2026-W47")
        if found[1]:
            return cls.of_day(date.fromisoformat(found[1]))
        return cls.of_week(date.fromisocalendar(int(found[2]), int(found[3]), 1))

    @property
    def name(self) -> str:
        """`2026-11-20`, or `2026-W47`."""
        if self.every == "day":
            return self.day.isoformat()
        year, week, _day = self.day.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def end(self) -> date:
        """Its last day."""
        return self.day if self.every == "day" else self.day + 6 * _DAY

    @property
    def batches(self) -> list[Batch]:
        """The announcements that arXiv lists under its days, oldest first."""
        first, last = _midnight(self.day) - _DAY, _midnight(self.end) + _DAY
        return [batch for batch in batches(first, last) if self.day <= batch.feed_day <= self.end]

    @property
    def listed(self) -> Period:
        """The days of Hugging Face's lists that it tells, and of one's own runs."""
        if self.every == "week":
            return Period(self.day, self.end)
        return Period(_weekday_before(self.day), self.day - _DAY)

    @property
    def quiet_days(self) -> list[tuple[date, Text | None]]:
        """Its days from Monday to Friday (a day asked for by itself always) without announcement, each with the name
        of the day whose deadline was left out."""
        days = [self.day + _DAY * number for number in range((self.end - self.day).days + 1)]
        return [
            (day, _why_quiet(day))
            for day in days
            if not is_announced(day - _DAY) and (self.every == "day" or day.weekday() <= _FRIDAY)
        ]

    @property
    def ready_at(self) -> datetime:
        """When it can be told: the announcements are shown, and the lists are over."""
        shown = datetime.combine(self.end, SHOWN_AT, EASTERN).astimezone(UTC)
        return max(shown, _midnight(self.end) + _DAY) if self.every == "week" else shown

    def before(self) -> Iterator[Span]:
        """Those of the same kind before it, the last one first; of days only those with an announcement."""
        day = self.day
        while True:
            day -= 7 * _DAY if self.every == "week" else _DAY
            if self.every == "week" or is_announced(day - _DAY):
                yield Span(every=self.every, day=day)


def last_ready(every: Every, now: datetime, *, announced: bool = False) -> Span:
    """The newest digest that can be told at `now`: of a day from Monday to Friday, or of a week.

    :param announced: of days only one with an announcement.
    """
    day = now.astimezone(UTC).date() + _DAY
    while True:
        span = Span.of_week(day) if every == "week" else Span.of_day(day)
        wanted = every == "week" or (is_announced(day - _DAY) if announced else day.weekday() <= _FRIDAY)
        if wanted and span.ready_at <= now:
            return span
        day -= 7 * _DAY if every == "week" else _DAY


def pending(every: Every, after: Span, now: datetime, *, most: int) -> list[Span]:
    """The digests that can be told at `now` and come after `after`, oldest first, the newest `most` of them."""
    found: list[Span] = []
    span = last_ready(every, now)
    while span.day > after.day and len(found) < most:
        found.insert(0, span)
        earlier = span.day - 7 * _DAY if every == "week" else _weekday_before(span.day)
        span = Span(every=every, day=earlier)
    return found


def _why_quiet(day: date) -> Text | None:
    """Why arXiv lists nothing under a day: the deadline that belongs to it was left out."""
    weekday = day.weekday()
    # A Monday's papers had their deadline on Friday; Saturdays and Sundays have none of their own.
    closing = day - 3 * _DAY if weekday == _MONDAY else day - _DAY if weekday <= _FRIDAY else day
    return name_of(closing)


def _weekday_before(day: date) -> date:
    day -= _DAY
    while day.weekday() > _FRIDAY:
        day -= _DAY
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)
