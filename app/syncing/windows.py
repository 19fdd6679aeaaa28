"""Which days does a sync ask for, when nobody says? Those since the last good one, so that none falls in between.

A day counts as asked for when a window that has it was closed as complete or quiet, and the day on which that sync
was begun is asked for once more: it was not over. Where days are those of submission, so are those that arXiv had not
announced by then. Windows that a person asked for count where they close up; one that
lies further on leaves a gap, which the next default window begins with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlite_utils import Database

from core.papers.calendar.announcements import batches
from core.papers.source import Source, Window
from db import ledger

FIRST_DAYS = 2  # days back of the first window of all
MOST_DAYS = 60
_DAY = timedelta(days=1)
_LONGEST_SILENCE = timedelta(days=10)  # between two announcements


def asked_window(since: date | None, until: date | None, categories: Sequence[str], *, today: date) -> Window | None:
    """The window that a person asks for; None where no day is named.

    :raises ValueError: it ends before it begins, or a category is none.
    """
    last = until or today
    first = since or min(last, today) - FIRST_DAYS * _DAY
    window = Window(since=first, until=last, categories=tuple(categories))
    return None if since is None and until is None else window


def next_window(db: Database, source: Source, categories: Sequence[str], *, today: date) -> Window:
    """The window that a source is asked for by default: one that was left unfinished first, else all until today.

    :param today: the day in UTC.
    """
    key = ",".join(categories)
    last = ledger.last_of_source(db, source=source.id, categories=key)
    if last is not None and last.outcome not in ledger.GOOD and (last.outcome is None or last.resume is not None):
        since, until = _days_of(str(last.window))
        # An older one is not gone on with: its days are part of the next default window, for it was not good.
        if until >= today - _DAY:
            return Window(since=since, until=until, categories=tuple(categories))
    reached = _reached(ledger.good_windows(db, source=source.id, categories=key), today)
    since = (reached or today - FIRST_DAYS * _DAY) - source.about.again * _DAY
    if reached is not None and source.about.days == "submitted":
        since = min(since, _first_hidden(reached))
    return Window(since=min(today, max(since, today - MOST_DAYS * _DAY)), until=today, categories=tuple(categories))


def _reached(good: Sequence[tuple[str, datetime]], today: date) -> date | None:
    """The last day up to which no day was left out since the first sync; None where there was none up to its day."""
    spans = []
    reached: date | None = None
    for window, started in good:
        since, until = _days_of(window)
        begun = started.date()
        if reached is None and since <= begun <= until + _DAY:
            reached = min(until, begun)
        spans.append((since, min(until, begun)))
    if reached is None:
        return None
    reached = max(reached, today - (MOST_DAYS + 1) * _DAY)
    for since, until in sorted(spans):
        if since <= reached + _DAY:
            reached = max(reached, until)
    return reached


def _first_hidden(reached: date) -> date:
    """The first day whose submissions arXiv may not have shown yet on a day: after a holiday it lies far back."""
    morning = datetime.combine(reached, time.min, UTC)
    coming = batches(morning, morning + _LONGEST_SILENCE)
    return coming[0].first.date() if coming else reached


def _days_of(window: str) -> tuple[date, date]:
    since, _, until = window.partition("..")
    return date.fromisoformat(since), date.fromisoformat(until)
