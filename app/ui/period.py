"""Which days does a page begin with? The last ones, or, where those have no paper, the last that have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlite_utils import Database

from db.papers import browse
from db.records import Filters


def last_days(db: Database, days: int) -> tuple[date, date]:
    """The last `days` days, until today; until the newest paper where it is older than that."""
    today = datetime.now(UTC).date()
    newest = browse(db, filters=Filters(), limit=1)
    submitted = newest[0].paper.submitted if newest else None
    until = today
    if submitted is not None and submitted.date() < today - timedelta(days=days):
        until = submitted.date()
    return until - timedelta(days=days - 1), until
