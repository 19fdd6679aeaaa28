"""Who is here for the first time is led to three things to do, once; the page stays in the menu."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.ui import first_run
from core.reference import recorded
from db import beginnings, runs
from db.connect import open_catalog
from tests.pages.opening import opened, words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def db(starter: None) -> Database:
    return open_catalog(settings().catalog)


def front_door(*, led_in: bool = False, **address: str) -> AppTest:
    """The whole app, at its first address.

    :param led_in: the first steps were shown in this session.
    """
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.session_state["language"] = "en"
    if led_in:
        app.session_state["led-in"] = True
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def heading(app: AppTest) -> str:
    assert not app.exception, [item.value for item in app.exception]
    return str(app.title[0].value)


def test_a_newcomer_is_led_in_once_a_session(db: Database) -> None:
    app = front_door()
    assert heading(app) == "Welcome to TrendLab"
    assert app.session_state["led-in"]
    assert heading(front_door(led_in=True)) == "Inbox"


def test_a_link_leads_where_it_says(db: Database) -> None:
    assert heading(front_door(q="lora")) == "Inbox"


def test_who_has_a_history_begins_with_the_inbox(db: Database) -> None:
    beginnings.leave(db)
    assert heading(front_door()) == "Inbox"


def test_there_are_three_things_to_do_and_a_sync_is_offered(db: Database) -> None:
    app = opened("first-steps")
    assert not app.exception
    assert [one.value for one in app.subheader] == ["1 · Browse", "2 · Run", "3 · Export"]
    assert "316 papers are here already" in words(app) or "papers are here already" in words(app)
    for key in ("first-browse-go", "first-run-go", "first-sync-go", "first-leave"):
        assert app.button(key=key)
    (download,) = app.get("download_button")
    assert download.proto.label == "Download the summary"


def test_the_run_is_a_quick_look_at_the_experiment_that_takes_least(db: Database) -> None:
    chosen = first_run.quickest()
    assert recorded(chosen.id)
    app = opened("first-steps").button(key="first-run-go").click().run()
    assert not app.exception
    (run,) = runs.find(db)
    assert (run.experiment, run.preset, run.null) == (chosen.id, "quick", False)
    assert not beginnings.untouched(db)


@pytest.mark.parametrize("key", ["first-browse-go", "first-leave"])
def test_it_can_be_put_away(db: Database, key: str) -> None:
    opened("first-steps").button(key=key).click().run()
    assert not beginnings.untouched(db)
    # And found again, without the button that puts it away.
    app = opened("first-steps")
    assert app.subheader and not [one for one in app.button if one.key == "first-leave"]


def test_without_papers_it_says_how_to_get_some(home: object) -> None:
    app = opened("first-steps", "en")
    assert "No paper is here yet. Press Sync below" in words(app)
    assert "환영합니다" in opened("first-steps", "ko").title[0].value
