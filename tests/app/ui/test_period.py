"""Which days a page begins with: those that have something to show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.settings import settings
from app.ui.period import days_to_tell, last_days
from core.papers.paper import Paper
from db import notes, papers
from db.connect import open_catalog

TODAY = datetime.now(UTC).date()


def test_an_empty_catalog_begins_with_the_last_days(home: Path) -> None:
    db = open_catalog(settings().catalog)
    assert last_days(db, 30) == days_to_tell(db, 30) == (TODAY - timedelta(days=29), TODAY)


def test_an_old_catalog_begins_with_its_newest_papers_until_there_is_something_new_to_tell(home: Path) -> None:
    db = open_catalog(settings().catalog)
    old = Paper(id="2501.00001", title="Old", submitted=datetime(2025, 1, 20, tzinfo=UTC))
    papers.upsert(db, [old], source="arxiv", day=TODAY, seen_at=datetime.now(UTC))
    assert last_days(db, 30) == days_to_tell(db, 30) == (date(2024, 12, 22), date(2025, 1, 20))
    notes.add(db, title="Today")
    assert last_days(db, 30) == (date(2024, 12, 22), date(2025, 1, 20))
    assert days_to_tell(db, 30) == (TODAY - timedelta(days=29), TODAY)
