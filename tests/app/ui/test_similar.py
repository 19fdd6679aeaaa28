"""Does the page of a paper show the similar ones, and say so where there is none?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from core.papers.paper import Paper
from db.papers import upsert

NOW = datetime(2026, 8, 3, tzinfo=UTC)
PAGE = """
import streamlit as st
from app.ui import navigation
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["paper"].render()
"""
HOSTILE = "Quantized low-rank adapters [x](http://bad.example) <img src=x onerror=alert(1)>"


@pytest.fixture
def filled(home: Path, open_new: Callable[[Path], Database]) -> None:
    titles = ["Low-rank adapters for language models", HOSTILE, "Galaxies in radio surveys", "언어 모델의 적응"]
    papers = [
        Paper(id=f"2401.0000{number}", title=title, submitted=datetime(2024, 1, number, tzinfo=UTC))
        for number, title in enumerate(titles, start=1)
    ]
    db = open_new(settings().catalog)
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    db.close()


def opened(paper: str) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=30)
    app.session_state["language"] = "en"
    app.query_params["id"] = paper
    app.run()
    assert not app.exception
    assert "Similar papers" in [item.value for item in app.subheader]
    return app


def test_a_similar_paper_is_named_and_its_text_is_not_obeyed(filled: None) -> None:
    app = opened("2401.00001")
    (link,) = [item for item in app.get("page_link") if "2401.00002" in str(item.proto)]
    assert r"\[x\]\(http" in link.proto.label and r"\<img" in link.proto.label
    drawn = [item.proto.body for item in app.get("html") if "2024-01-02" in item.proto.body]
    assert drawn and "adapters" in drawn[0]
    assert all("<img" not in body for body in drawn)


@pytest.mark.parametrize(("paper", "says"), [("2401.00003", "similar enough"), ("2401.00004", "no word of its title")])
def test_where_there_is_none_the_page_says_so(filled: None, paper: str, says: str) -> None:
    assert any(says in item.value for item in opened(paper).caption)


def test_an_embedding_model_that_cannot_be_used_is_one_line(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRENDLAB_EMBEDDING_MODEL", "/nowhere/model")
    settings.cache_clear()
    app = opened("2401.00001")
    assert any("nowhere" in item.value for item in app.caption)
    assert any("2401.00002" in str(item.proto) for item in app.get("page_link"))
