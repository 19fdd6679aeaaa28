"""Is a model's summary shown as what it is, and does one click file a paper as it proposed?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from core.papers.paper import Paper
from db import summaries
from db.papers import upsert
from db.summaries import Summary
from db.tags import corrected, effective
from tests.faults.chat_server import SUMMARIES, ChatServer, refusal
from tests.pages import triaging

KEY = "sk-never-to-be-seen"
NOW = datetime(2026, 8, 3, tzinfo=UTC)
PAPER = "2401.00001"
HOSTILE = "<img src=x onerror=alert(1)> says [this](http://bad.example). And $x$ more."
PAGE = """
import streamlit as st
from app.ui import navigation, undo
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["{page}"].render()
undo.line()
"""


@pytest.fixture
def filled(home: object, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    db = open_new(settings().catalog)
    paper = Paper(id=PAPER, version=2, title="Adapters", abstract="Of language models.", submitted=NOW)
    upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    yield db
    db.close()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, filled: Database) -> Iterator[ChatServer]:
    """A model that the settings name."""
    server = ChatServer()
    for name, value in (("URL", server.url), ("MODEL", "toy_7b"), ("KEY", KEY)):
        monkeypatch.setenv(f"TRENDLAB_LLM_{name}", value)
    settings.cache_clear()
    yield server
    server.close()


def opened(language: str = "en", page: str = "paper") -> AppTest:
    app = AppTest.from_string(PAGE.format(page=page), default_timeout=30)
    app.session_state["language"] = language
    app.query_params["id"] = PAPER
    app.run()
    assert not app.exception
    return app


def drawn(app: AppTest) -> str:
    """All HTML and captions of the page."""
    return "\n".join([*(item.proto.body for item in app.get("html")), *(item.value for item in app.caption)])


def headings(app: AppTest) -> list[str]:
    return [item.value for item in app.subheader]


def keep(db: Database, summary: str = HOSTILE, *, language: str = "en", version: int | None = 2) -> None:
    said = Summary(language=language, model="toy_7b", summary=summary, version=version, told=NOW)
    summaries.keep(db, PAPER, said, {"stage": ["ask", "adapt"], "application": ["law"]})


def test_without_settings_nothing_of_it_is_on_the_page(filled: Database) -> None:
    app = opened()
    assert "In two sentences" not in headings(app)
    assert "summarise" not in [button.key for button in app.button]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_button_writes_the_summary_in_the_reader_s_language(
    filled: Database, model: ChatServer, language: str
) -> None:
    app = opened(language)
    app.button(key="summarise").click().run()
    assert not app.exception
    assert SUMMARIES[language].format(title="Adapters") in drawn(app)
    assert summaries.is_told(filled, PAPER, language=language, model="toy_7b")
    assert r"toy\_7b" in drawn(app) and f"{datetime.now(UTC):%Y-%m-%d}" in drawn(app)
    assert KEY not in drawn(app)


def test_a_failure_is_one_line_in_place_and_is_remembered(filled: Database, model: ChatServer) -> None:
    model.fault = lambda _question: refusal(400, f"**no** {KEY}")
    app = opened()
    app.button(key="summarise").click().run()
    assert not app.exception
    (error,) = app.error
    assert r"\*\*no\*\*" in error.value and KEY not in error.value
    assert any("failed" in item.value for item in opened().caption)


def test_an_endpoint_that_is_set_up_wrong_says_what_to_set(filled: Database, model: ChatServer) -> None:
    model.fault = lambda _question: refusal(401, KEY)
    app = opened()
    app.button(key="summarise").click().run()
    assert r"TRENDLAB\_LLM\_KEY" in app.error[0].value and KEY not in app.error[0].value


def test_a_model_s_words_are_shown_letter_by_letter_and_labelled(filled: Database) -> None:
    keep(filled, version=1)
    page = drawn(opened())
    assert "&lt;img src=x" in page and "<img" not in page
    assert "no person has checked it" in page and "version 1" in page
    assert "version" not in drawn(opened("ko")), "there is none in Korean yet"
    (row,) = triaging.handed(opened(page="inbox"))["rows"]
    assert row["told"] == {"words": HOSTILE, "by": "written by toy_7b"}  # set as text: tests/e2e/test_triage.py


def test_one_click_files_the_paper_as_proposed_and_can_be_taken_back(filled: Database) -> None:
    keep(filled)
    before = effective(filled, [PAPER])
    app = opened()
    assert corrected(filled, PAPER) == {}
    app.button(key="file-so-stage").click().run()
    assert not app.exception
    assert corrected(filled, PAPER) == {"stage": ("ask", "adapt")}
    assert "file-so-stage" not in [button.key for button in app.button]
    assert "file-so-application" in [button.key for button in app.button]
    app.button(key="undo-last").click().run()
    assert corrected(filled, PAPER) == {} and effective(filled, [PAPER]) == before
    assert "file-so-stage" in [button.key for button in app.button]


def test_the_settings_page_does_not_show_the_key(filled: Database, model: ChatServer) -> None:
    app = opened(page="settings")
    (rows,) = [table.value for table in app.dataframe if "variable" in table.value.columns]
    shown = dict(zip(rows["variable"], rows["in force"], strict=True))
    assert shown["TRENDLAB_LLM_MODEL"] == "toy_7b"
    assert shown["TRENDLAB_LLM_KEY"] == "**********"
    assert KEY not in str(app)
