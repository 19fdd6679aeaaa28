"""Does the line at the foot take back what it names, as long as it can be pressed?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.ui import undo
from db import notes

DELETES = """
import streamlit as st
from app.ui import undo
from app.ui.notebook import pinning
from app.ui.catalog import catalog
from db import notes
if "begun" not in st.session_state:
    st.session_state["begun"] = True
    for note in notes.list_notes(catalog()):
        pinning.delete(note)
undo.line()
"""


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    return open_new(settings().catalog)


def deleted(db: Database) -> AppTest:
    """The page after all entries were deleted, one after the other."""
    app = AppTest.from_string(DELETES, default_timeout=30)
    app.session_state["language"] = "en"
    return app.run()


def age(app: AppTest) -> None:
    steps = app.session_state["undo"]
    app.session_state["undo"] = [replace(step, when=step.when - undo.STAYS - timedelta(minutes=1)) for step in steps]


@pytest.mark.parametrize(("key", "back"), [("undo-last", 1), ("undo-all", 2)])
def test_a_button_that_has_stood_long_on_the_page_still_takes_back(db: Database, key: str, back: int) -> None:
    for title in ("A", "B"):
        notes.add(db, title=title)
    app = deleted(db)
    assert notes.count(db) == 0
    age(app)
    app.button(key=key).click().run()
    assert not app.exception
    assert notes.count(db) == back
    assert not [button for button in app.button if button.key == "undo-last"], "what is left is too old to be shown"
