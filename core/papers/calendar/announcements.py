"""When does arXiv announce, and which submissions? So that a quiet day is known as one, and not guessed from emptiness.

Submissions close at 14:00 US Eastern on working days and are announced at 20:00 on the same day, Friday's on Sunday:
nothing is announced on Fridays and Saturdays (info.arxiv.org/help/availability). On a holiday of arXiv's they do not
close, so that evening's announcement (for a Friday, Sunday's) is left out and the next one is longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
ANNOUNCED_AT = time(20)
DEADLINE = time(14)
# Until the end of 2016 submissions closed later (arXiv's change of policy of January 2017).
_OLD_DEADLINE, _DEADLINE_SINCE = time(16), date(2017, 1, 2)

_DAY = timedelta(days=1)
_MONDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 3, 4, 5, 6
# The first year in which arXiv kept these; it announces as ever on Presidents' Day, Memorial Day, Columbus Day,
# Veterans Day, and on the day after Thanksgiving.
_KING_SINCE, _JUNETEENTH_SINCE, _INDEPENDENCE_SINCE, _LABOR_SINCE = 2022, 2022, 2023, 2022
# Days that follow no rule: retreats, a strike, the staff's break between the years. arXiv says them a year ahead on
# info.arxiv.org/help/availability and status.arxiv.org. One that is missing here makes a feed look stale on that day,
# but never a failure look like a quiet day.
_BESIDES = frozenset(
    date.fromisoformat(day)
    for day in (
        *("2020-01-20", "2020-06-09", "2020-12-29", "2020-12-30"),
        *("2021-10-20", "2021-12-28", "2021-12-30"),
        *("2022-12-27", "2022-12-29"),
        *("2023-06-14", "2023-08-17", "2023-12-27"),
        *("2024-05-22", "2024-10-08", "2024-12-26", "2024-12-31"),
        "2025-12-30",
        *("2026-12-29", "2026-12-31"),
    )
)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What arXiv announces in one evening; moments are aware, in UTC.

    :param day: the day of the announcement in New York.
    :param announced_at: when it is made.
    :param first, last: submissions from `first` on and before `last`, held ones aside. arXiv takes a submission of
        14:00:00 sharp for one of the next batch.
    """

    day: date
    announced_at: datetime
    first: datetime
    last: datetime

    @property
    def feed_day(self) -> date:
        """The day that arXiv gives to it in listings and feeds: the next one, which is also `announced_at`'s in UTC."""
        return self.day + _DAY


def is_holiday(day: date) -> bool:
    """Whether arXiv leaves out the deadline of this day, which would else have one (Monday to Friday)."""
    return day in _holidays(day.year) or day in _BESIDES


def is_announced(day: date) -> bool:
    """Whether arXiv announces in the evening of this day in New York: Sunday to Thursday, but for its holidays."""
    closing = _closing_of(day)
    return closing is not None and _closes(closing)


def latest(now: datetime) -> Batch:
    """The last batch that was announced at or before `now`.

    :raises ValueError: `now` has no time zone.
    """
    day = _eastern(now).date()
    while not is_announced(day) or _moment(day, ANNOUNCED_AT) > now:
        day -= _DAY
    return _batch(day)


def batches(since: datetime, until: datetime) -> list[Batch]:
    """The batches announced from `since` to `until`, both included, oldest first.

    :raises ValueError: one of them has no time zone.
    """
    first, last = _eastern(since).date(), _eastern(until).date()
    days = (first + _DAY * number for number in range((last - first).days + 1))
    found = (_batch(day) for day in days if is_announced(day))
    return [batch for batch in found if since <= batch.announced_at <= until]


def batch_of(submitted: datetime) -> Batch:
    """The batch in which a paper submitted then is announced, unless moderation holds it.

    :raises ValueError: `submitted` has no time zone.
    """
    day = _eastern(submitted).date()
    while not _closes(day) or submitted >= _deadline(day):
        day += _DAY
    return _batch(day + 2 * _DAY if day.weekday() == _FRIDAY else day)


def _batch(day: date) -> Batch:
    closing = _closing_of(day)
    if closing is None:
        raise ValueError(f"arXiv announces nothing on {day}, a {day:%A}")
    before = closing - _DAY
    while not _closes(before):
        before -= _DAY
    return Batch(day=day, announced_at=_moment(day, ANNOUNCED_AT), first=_deadline(before), last=_deadline(closing))


def _closing_of(day: date) -> date | None:
    """The day whose deadline comes before the announcement on `day`; None for a Friday and a Saturday."""
    if day.weekday() == _SUNDAY:
        return day - 2 * _DAY
    return day if day.weekday() <= _THURSDAY else None


def _closes(day: date) -> bool:
    return day.weekday() < _SATURDAY and not is_holiday(day)


def _deadline(day: date) -> datetime:
    return _moment(day, DEADLINE if day >= _DEADLINE_SINCE else _OLD_DEADLINE)


def _moment(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, EASTERN).astimezone(UTC)


def _eastern(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone; give it in UTC")
    return moment.astimezone(EASTERN)


# --- holidays ---------------------------------------------------------------------------------------------------------


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(_rules(year))


def _rules(year: int) -> Iterator[date]:
    """arXiv's holidays of a year, as far as they follow rules (read off its lists for 2020 to 2026)."""
    # A New Year's Day on a Monday has had its announcement, and one on a weekend is not made up for.
    if _MONDAY < date(year, 1, 1).weekday() <= _FRIDAY:
        yield date(year, 1, 1)
    if year >= _KING_SINCE:
        yield _nth(year, 1, _MONDAY, 3)
    if year >= _JUNETEENTH_SINCE:
        yield _observed(date(year, 6, 19))
    if year >= _INDEPENDENCE_SINCE:
        yield _observed(date(year, 7, 4))
    if year >= _LABOR_SINCE:
        yield _nth(year, 9, _MONDAY, 1)
    yield _nth(year, 11, _THURSDAY, 4)
    # A Christmas on a Sunday is not made up for.
    christmas = date(year, 12, 25)
    yield christmas - _DAY if christmas.weekday() == _SATURDAY else christmas


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The `number`th of these weekdays in the month."""
    first = date(year, month, 1)
    return first + _DAY * ((weekday - first.weekday()) % 7 + 7 * (number - 1))


def _observed(day: date) -> date:
    """The day on which offices close for a holiday: Friday for a Saturday, Monday for a Sunday."""
    return {_SATURDAY: day - _DAY, _SUNDAY: day + _DAY}.get(day.weekday(), day)
