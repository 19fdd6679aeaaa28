"""What does it mean that no paper came? Judged by arXiv's calendar, never by the emptiness itself.

A server that has nothing and one that shows nothing answer alike. By which day of a paper a window is about:

- `submitted`: on a day without a deadline (weekends, arXiv's holidays) or with one whose papers are not announced yet,
  there may be nothing: a quiet day. Once the papers of a deadline within the window are announced, none at all is
  stale for categories that never have none.
- `modified`: the same with the announcements that are listed within the window.
- `announced`: a feed shows the announcement of its own day in New York: where there is none, a quiet day. Where there
  is one, the source itself sees whether the feed is of that day, and nothing new in it is complete, with none.
- `listed`: Hugging Face's lists are made by hand on working days. One or two of them may be empty; three are stale.

For other categories an empty answer is believed: complete, with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

from core.papers.calendar.announcements import EASTERN, Batch, batches, is_holiday
from core.papers.source import Days, Window

# Categories that have papers in every announcement; none asked for means all of them.
BUSY = frozenset(
    {"cs", "math", "stat", "physics", "cond-mat", "astro-ph"}
    | {"cs.AI", "cs.CL", "cs.CR", "cs.CV", "cs.HC", "cs.LG", "cs.RO", "cs.SE", "stat.ML"}
)
# The servers show an announcement some hours after it was made: the query API about midnight in New York.
SETTLING = timedelta(hours=6)
_DAY = timedelta(days=1)
_SATURDAY = 5
_MOST_EMPTY_LISTS = 2


class Emptiness(NamedTuple):
    """What an empty answer is to be called, and why where that is a failure."""

    outcome: Literal["quiet day", "stale", "complete"]
    why: str | None = None


QUIET_DAY = Emptiness("quiet day")
NONE_IN_IT = Emptiness("complete")


def judge_emptiness(days: Days, window: Window, *, now: datetime) -> Emptiness:
    """The name for an answer without any paper to `window`, asked at `now` (aware)."""
    if days == "listed":
        return _judge_lists(window, now)
    settled = batches(_midnight(window.since) - _DAY, min(_midnight(window.until) + 5 * _DAY, now - SETTLING))
    if days == "submitted":
        return _judge(window, [batch for batch in settled if window.since <= batch.last.date() <= window.until])
    told = [batch for batch in settled if window.since <= batch.feed_day <= window.until and is_working(batch.feed_day)]
    if days == "announced":
        today = now.astimezone(EASTERN).date()
        return NONE_IN_IT if any(batch.feed_day == today for batch in told) else QUIET_DAY
    return _judge(window, told)


def is_working(day: date) -> bool:
    """Whether arXiv works on this day: Monday to Friday, its holidays aside."""
    return day.weekday() < _SATURDAY and not is_holiday(day)


def _judge(window: Window, told: Sequence[Batch]) -> Emptiness:
    if not told:
        return QUIET_DAY
    if window.categories and not BUSY.intersection(window.categories):
        return NONE_IN_IT
    names = ", ".join(window.categories) or "all categories"
    why = f"gave no paper, but arXiv's announcement of {told[-1].feed_day} has some in {names}; sync again later"
    return Emptiness("stale", why)


def _judge_lists(window: Window, now: datetime) -> Emptiness:
    over = min(window.until, now.astimezone(UTC).date() - _DAY)
    days = [window.since + _DAY * number for number in range((over - window.since).days + 1)]
    working = [day for day in days if is_working(day)]
    if len(working) > _MOST_EMPTY_LISTS:
        why = (
            f"has no paper on its lists of {working[0]} to {working[-1]}, {len(working)} working days; sync again later"
        )
        return Emptiness("stale", why)
    return NONE_IN_IT if working else QUIET_DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)
