"""Is what ends while one is here told of, once, whether or not it was seen while it went on?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from db import ledger

BELL = """
import streamlit as st
from app.ui import bell, navigation
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
with st.sidebar:
    bell.draw()
"""


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    return open_new(settings().catalog)


def drawn() -> AppTest:
    app = AppTest.from_string(BELL, default_timeout=30)
    app.session_state["language"] = "en"
    return look(app)


def look(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [item.value for item in app.exception]
    return app


def begin(db: Database) -> int:
    return ledger.open_row(db, source="huggingface", window="2026-01-01..2026-01-02", owner="me")


def lines(app: AppTest) -> list[str]:
    return [item.proto.label for item in app.get("page_link")]


def test_work_that_begins_and_ends_between_two_looks_is_told_once(db: Database) -> None:
    app = drawn()
    ledger.close(db, begin(db), "throttled", error="429")
    assert len(look(app).toast) == 1 and len(lines(app)) == 1
    assert len(look(app).toast) == 0 and len(lines(app)) == 1, "it stays until it is put away"
    app.button(key="bell-put-away").click().run()
    assert lines(app) == []
    assert len(look(app).toast) == 0 and lines(app) == []


def test_work_that_was_seen_going_is_told_when_it_ends(db: Database) -> None:
    row = begin(db)
    app = drawn()
    assert len(app.toast) == 0 and len(lines(app)) == 1
    ledger.close(db, row, "complete")
    assert len(look(app).toast) == 1 and len(look(app).toast) == 0


def test_what_had_ended_before_one_came_is_not_told(db: Database) -> None:
    ledger.close(db, begin(db), "complete")
    app = drawn()
    assert len(app.toast) == 0 and lines(app) == [] and len(look(app).toast) == 0
