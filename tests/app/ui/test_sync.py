"""Does the Inbox tell how the syncs stand: well, badly, under way, quiet, never?"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app import schedule
from app.schedule import Schedule
from app.settings import settings
from app.syncing import background
from core.papers.source import Problem
from db import ledger
from db.cooldowns import Cooldown, write_cooldown
from db.records import Counts

PANEL = """
import streamlit as st
from app.ui import navigation, sync
from app.ui.catalog import catalog
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
sync.health(catalog())
"""
HOUR = timedelta(hours=1)


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(settings().catalog)
    yield catalog
    catalog.close()


def synced(
    db: Database,
    outcome: str | None,
    *,
    source: str = "arxiv",
    window: str = "2026-11-17..2026-11-19",
    expected: int | None = None,
    received: int = 0,
    new: int = 0,
    resume: dict[str, int] | None = None,
    error: str | None = None,
    problems: tuple[Problem, ...] = (),
) -> ledger.LedgerRow:
    """A row of the ledger as a sync leaves it."""
    row = ledger.open_row(db, source=source, owner=f"{os.getpid()}-{uuid.uuid4().hex}", window=window)
    ledger.advance(
        db,
        row,
        expected=expected,
        received=received,
        counts=Counts(new=new, changed=0, duplicate=received - new),
        problems=problems,
        requests=3,
        waited=1.5,
        resume=resume,
    )
    return ledger.get_row(db, row) if outcome is None else ledger.close(db, row, outcome, error=error)


def drawn(language: str = "en") -> AppTest:
    app = AppTest.from_string(PANEL, default_timeout=30)
    app.session_state["language"] = language
    app.run()
    assert not app.exception
    return app


def line(app: AppTest) -> str:
    return str(app.caption[0].value)


def test_a_catalog_that_was_never_synced_says_so(db: Database) -> None:
    app = drawn()
    assert line(app).startswith("Not synced yet")
    assert not app.warning
    assert not app.button(key="sync").disabled


def test_all_well_is_one_line(db: Database) -> None:
    synced(db, "complete", expected=30, received=30, new=20)
    synced(db, "complete", source="huggingface", received=9, new=3)
    app = drawn()
    assert "23 new papers" in line(app)
    assert line(app).endswith("complete")
    assert len(app.caption) == 1
    assert not app.warning


def test_the_next_sync_is_told_when_somebody_looks_at_the_clock(db: Database) -> None:
    synced(db, "complete")
    now = datetime.now(UTC)
    at = (now + 3 * HOUR).time().replace(second=0, microsecond=0)
    schedule.choose(db, Schedule(on=True, at=at, zone="UTC"), now=now)
    assert line(drawn()).endswith("Next sync: when the app is served with python -m app serve")
    with FileLock(settings().home / "locks" / "queue.lock"):
        assert "(in 3 h)" in line(drawn())


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("2026-09-07..2026-09-07", "arXiv announced nothing (Labor Day)"),
        ("2026-11-14..2026-11-15", "arXiv announced nothing (weekend)"),
        ("2026-11-17..2026-11-17", "arXiv announced nothing (the day is not over)"),
    ],
)
def test_a_quiet_day_reads_as_what_it_is(db: Database, window: str, words: str) -> None:
    synced(db, "quiet day", window=window)
    app = drawn()
    assert words in line(app)
    assert not app.warning


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        ("throttled", "throttled"),
        ("unreachable", "unreachable"),
        ("broken", "broken"),
        ("partial", "partial"),
        ("stale", "stale"),
    ],
)
def test_a_failure_tells_what_came_what_failed_and_where_it_goes_on(db: Database, outcome: str, name: str) -> None:
    why = "the server said *no* <b>twice</b>"
    synced(db, outcome, expected=12_000, received=3_400, new=210, resume={"start": 3400}, error=why)
    synced(db, "complete", source="huggingface", received=9)
    app = drawn()
    assert f"arXiv: {name} · Hugging Face Papers: complete" in line(app)
    (box,) = app.warning
    assert f"**arXiv** · {name}" in box.value
    assert re.search(r"Nov 17.* – Nov 19", box.value)
    assert "3,400 of 12,000 papers came, with 210 new papers" in box.value
    assert r"said \*no\* \<b\>twice\<\/b\>" in box.value
    assert "Press Sync to try again. It goes on at result 3,401." in box.value


def test_a_cool_down_tells_until_when(db: Database) -> None:
    synced(db, "throttled", error="slow down")
    until = datetime.now(UTC) + timedelta(minutes=20)
    write_cooldown(db, Cooldown(provider="arxiv", until=until, why="Retry-After", times=1))
    (box,) = drawn().warning
    assert f"arXiv is left alone until {until:%H:%M}" in box.value or f"tomorrow {until:%H:%M}" in box.value
    assert "No paper came." in box.value
    assert "Press Sync then." in box.value


def test_a_daily_sync_that_failed_tells_when_it_is_tried_again(db: Database) -> None:
    now = datetime.now(UTC)
    at = (now - timedelta(hours=12)).time().replace(second=0, microsecond=0)
    schedule.choose(db, Schedule(on=True, at=at, zone="UTC", sources=("arxiv",)), now=now - timedelta(days=2))
    synced(db, "unreachable")
    schedule.begin(db, now=now)
    schedule.end(db, now=now, first_retry=timedelta(seconds=50))
    with FileLock(settings().home / "locks" / "queue.lock"):
        app = drawn()
    assert "Next try: " in line(app)
    assert "It is tried again by itself at " in app.warning[0].value
    assert "(in 1 min)" in app.warning[0].value


def test_a_killed_sync_is_buried_before_it_is_told_of(db: Database) -> None:
    synced(db, None, expected=500, received=200, resume={"start": 200})
    app = drawn()
    assert "arXiv: partial" in line(app)
    assert "its process ended before it was done" in app.warning[0].value
    assert not app.button(key="sync").disabled


def test_one_under_way_shows_how_far_it_is_and_cannot_be_started_twice(db: Database) -> None:
    path = settings().home / "locks" / "sync-arxiv.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        synced(db, None, expected=500, received=200, new=150)
        app = drawn()
    assert "Syncing …" in line(app)
    (bar,) = app.get("progress")
    assert bar.proto.value == 40
    assert bar.proto.text == "arXiv · 200 of 500 papers · 150 new papers · 3 requests"
    assert app.button(key="sync").disabled


def test_papers_that_come_later_are_offered_and_shown_when_asked_for(db: Database) -> None:
    synced(db, "complete", received=5, new=5)
    app = drawn()
    assert not [button for button in app.button if button.key == "sync-show"]
    drawn_before = dict(app.session_state["sync-drawn"])
    synced(db, "complete", received=23, new=23)
    # As a look of the fragment: the page itself was drawn before.
    app = AppTest.from_string(PANEL.replace("sync.health(catalog())", "sync._panel(often=True)"), default_timeout=30)
    app.session_state["sync-drawn"] = drawn_before
    app.run()
    assert app.button(key="sync-show").label == "23 new papers — Show"
    assert app.toast[0].value == "23 new papers"
    app.run()
    assert not app.toast


def test_a_sync_that_ended_before_it_said_anything_leads_to_its_log(db: Database) -> None:
    process = background.start(settings().home, ["no-such-source"])
    assert process is not None
    assert process.wait(30) != 0
    (box,) = drawn().warning
    assert "sync\\.log" in box.value
    assert "unknown source" in background.log_path(settings().home).read_text(encoding="utf-8")


def test_details_show_the_ledger_and_the_refusals(db: Database) -> None:
    synced(db, "complete", received=5, new=5, problems=(Problem("2611.00001", "has no title"),))
    app = drawn()
    app.button(key="sync-details-button").click().run()
    assert not app.exception
    (table,) = app.dataframe
    assert table.value["requests"].tolist() == [3]
    assert table.value["waited (s)"].tolist() == [1.5]
    assert any("has no title" in caption.value for caption in app.caption)


def test_a_source_that_nobody_asks_for_by_default_is_forgotten_after_a_day(db: Database) -> None:
    synced(db, "complete")
    row = synced(db, "broken", source="rss")
    assert "broken" in line(drawn())
    two_days_ago = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    db.conn.execute("UPDATE ledger SET started = ?, finished = ? WHERE id = ?", (two_days_ago, two_days_ago, row.id))
    assert "broken" not in line(drawn())
