"""Which days does a page begin with? The last ones, or, where those have no paper, the last that have."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlite_utils import Database

from db import notes, runs
from db.papers import browse
from db.records import Filters


def last_days(db: Database, days: int) -> tuple[date, date]:
    """The last `days` days, until today; until the newest paper where it is older than that."""
    until = datetime.now(UTC).date()
    newest = browse(db, filters=Filters(), limit=1)
    submitted = newest[0].paper.submitted if newest else None
    if submitted is not None and submitted.date() < until - timedelta(days=days):
        until = submitted.date()
    return until - timedelta(days=days - 1), until


def days_to_tell(db: Database, days: int) -> tuple[date, date]:
    """As `last_days`, but until today where one has run an experiment or written a note in these days."""
    today = datetime.now(UTC).date()
    first = today - timedelta(days=days - 1)
    ran = runs.find(db, since=datetime.combine(first, time.min, UTC), limit=1)
    return (first, today) if ran or notes.list_notes(db, since=first, limit=1) else last_days(db, days)
