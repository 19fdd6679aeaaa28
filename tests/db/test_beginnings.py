"""The first steps are offered as long as there is no history, and not after they were put away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from app import jobs
from app.importing import load_starter
from app.settings import settings
from db import beginnings, ledger, visits
from db.connect import open_catalog


@pytest.fixture
def db(home: object) -> Database:
    return open_catalog(settings().catalog)


def test_the_papers_that_come_with_the_app_and_a_first_look_are_no_history(db: Database) -> None:
    assert beginnings.untouched(db)
    load_starter(db)
    visits.note(db)
    assert beginnings.untouched(db)


def test_an_earlier_visit_is_history(db: Database) -> None:
    now = datetime.now(UTC)
    visits.note(db, now - timedelta(days=1))
    visits.note(db, now)
    assert not beginnings.untouched(db)


def test_a_sync_is_history_even_where_it_failed(db: Database) -> None:
    row = ledger.open_row(db, source="arxiv", owner="test", window="2026-08-01..2026-08-02")
    ledger.close(db, row, "unreachable", error="no network")
    assert not beginnings.untouched(db)


def test_a_run_is_history(db: Database) -> None:
    jobs.submit(db, settings(), "attention-maps", enqueue=False)
    assert not beginnings.untouched(db)


def test_what_was_put_away_stays_away(db: Database) -> None:
    beginnings.leave(db)
    beginnings.leave(db)
    assert not beginnings.untouched(db)
