"""Does what was pressed in a list that is gone come to the catalog, once and as it was meant?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.ui.triage.log import last_words
from core.papers.paper import Paper
from db import notes, reading
from db.papers import upsert
from db.reading import Reading
from tests.pages.triaging import handed

NOW = datetime(2026, 8, 3, tzinfo=UTC)
PAGE = """
import streamlit as st
from app.ui import navigation, undo
from app.ui.triage import courier
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
courier.draw()
undo.line()
"""
ONE, OTHER = "2401.00001", "2401.00002"


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    catalog = open_new(settings().catalog)
    papers = [Paper(id=name, title=f"On zebras {name}", abstract="About animals.") for name in (ONE, OTHER)]
    upsert(catalog, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    return catalog


def drawn() -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=30)
    app.session_state["language"] = "en"
    return app.run()


def carry(app: AppTest, left: object) -> AppTest:
    """Have the courier tell this. Streamlit's test bench knows no components: triggers stand beside their states."""
    states = app._tree.get_widget_states()
    state = states.widgets.add()
    state.id = f"$$STREAMLIT_INTERNAL_KEY_{app.get('bidi_component')[0].proto.id}__events"
    state.json_trigger_value = json.dumps([{"event": "left", "value": left}])
    app._run(states)
    assert not app.exception, [item.value for item in app.exception]
    return app


def mark(number: int, paper: str = ONE, **what: object) -> dict[str, Any]:
    return {"number": number, "act": "mark", "id": paper, **what}


def test_how_each_paper_stood_in_the_end_is_noted_and_can_be_taken_back(db: Database) -> None:
    log = [mark(1, state="skip"), mark(2, state=None), mark(3, OTHER, star=True), mark(4, state="saved")]
    app = carry(drawn(), [{"list": "a", "log": log}])
    assert reading.reading_of(db, ONE) == Reading(state="saved")
    assert reading.reading_of(db, OTHER) == Reading(star=True)
    assert handed(app)["noted"] == ["a"]
    assert not app.toast
    app.button(key="undo-all").click().run()
    assert reading.reading_of(db, ONE) == reading.reading_of(db, OTHER) == Reading()


def test_what_was_noted_before_its_list_was_gone_is_not_done_again(db: Database) -> None:
    reading.set_state(db, ONE, "skip")
    notes.add(db, title="A", body="A word.", pins=[notes.Pin("paper", ONE)])
    log = [mark(1, state="read"), mark(2, state="skip"), {"number": 3, "act": "note", "id": ONE, "text": "A word."}]
    app = carry(drawn(), [{"list": "a", "log": log}])
    assert reading.reading_of(db, ONE) == Reading(state="skip")
    assert notes.count(db) == 1
    assert not [button for button in app.button if button.key == "undo-last"], "nothing was done"


def test_what_meets_a_busy_catalog_stays_with_the_browser(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.connect.BUSY_TIMEOUT", 0.05)
    app = drawn()
    left = [{"list": "a", "log": [mark(1, state="skip")]}]
    db.conn.execute("BEGIN IMMEDIATE")
    carry(app, left)
    db.rollback()
    assert "another process holds the catalog" in app.toast[0].value
    assert handed(app)["noted"] == []
    assert handed(carry(app, left))["noted"] == ["a"]
    assert reading.reading_of(db, ONE) == Reading(state="skip")


def test_what_cannot_be_done_is_told_and_not_told_again(db: Database) -> None:
    app = carry(drawn(), [{"list": "a", "log": [mark(1, "9999.99999", star=True), mark(2, state="skip")]}])
    assert len(app.toast) == 1
    assert reading.reading_of(db, ONE) == Reading(state="skip")
    assert handed(app)["noted"] == ["a"]


@pytest.mark.parametrize("left", [None, 7, "a", {}, [None, 7, {"list": 7}, {"log": []}], [{"list": "a"}]])
def test_what_no_courier_tells_is_passed_over(db: Database, left: object) -> None:
    carry(drawn(), left)
    assert reading.reading_of(db, ONE) == Reading()


def test_the_last_words_on_a_paper_keep_all_that_was_said_of_it() -> None:
    note = {"number": 3, "act": "note", "id": ONE, "text": "x"}
    log = [
        mark(1, state="skip"),
        mark(2, star=True),
        note,
        mark(4, state="read"),
        None,
        {"number": "5"},
        mark(6, OTHER),
    ]
    assert last_words(log) == [note, mark(4, state="read", star=True), mark(6, OTHER)]
    assert last_words("no log") == []
