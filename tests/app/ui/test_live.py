"""The panel in which one types: it asks nobody before somebody comes to it, and then shows what the model says."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.session import client

ROOT = Path(__file__).resolve().parents[3]
PANEL = """
import streamlit as st
from app.ui import live
from core.registry import discover
live.draw(None, discover("core.experiments", "EXPERIMENT")["next-token"])
st.markdown("Below the panel.")
"""
PATIENCE = 120.0
ASKED = "Click into the text"


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[client.Session]:
    """One warm worker for the tests of this file."""
    client.session.cache_clear()
    opened = client.session()
    yield opened
    opened.close()
    client.session.cache_clear()


@pytest.fixture
def panel(home: object) -> AppTest:
    """The panel, drawn for somebody who reads English."""
    app = AppTest.from_string(PANEL, default_timeout=60)
    app.session_state["language"] = "en"
    return app.run()


def until_answered(app: AppTest) -> AppTest:
    deadline = time.monotonic() + PATIENCE
    while not (app.get("plotly_chart") or app.error):
        assert not app.exception
        assert "Below the panel." in [each.value for each in app.markdown], "the page does not wait for the answer"
        assert time.monotonic() < deadline, "there is no answer"
        time.sleep(0.1)
        app.run()
    return app


def setting(name: str) -> str:
    return f"live-next-token-{name}"


def test_who_only_reads_the_page_starts_no_worker(panel: AppTest, session: client.Session) -> None:
    assert not panel.exception
    assert any(ASKED in each.value for each in panel.caption)
    assert not panel.get("plotly_chart")
    assert session.pid is None


def test_a_setting_that_changes_asks_and_the_page_does_not_wait(panel: AppTest) -> None:
    panel.number_input(key=setting("temperature")).set_value(0.5).run()
    assert not panel.exception
    until_answered(panel)
    titles = [each.value for each in panel.markdown]
    assert any("next token" in title for title in titles)
    assert any("perplexity" in title for title in titles)
    rows = panel.dataframe[0].value
    assert list(rows["settings"]) == ["T = 1", "T = 0.5"]
    assert not any(ASKED in each.value for each in panel.caption)


def test_the_next_answer_takes_the_place_of_the_last(panel: AppTest) -> None:
    panel.number_input(key=setting("top_k")).set_value(3).run()
    until_answered(panel)
    panel.number_input(key=setting("top_k")).set_value(2).run()
    until_answered(panel)
    assert not panel.exception
    assert len(panel.get("plotly_chart")) == 1
    assert list(panel.dataframe[0].value["settings"]) == ["T = 1", "T = 1 · top-k 2"]


def test_a_setting_at_fault_is_one_line_in_place(panel: AppTest) -> None:
    panel.number_input(key=setting("temperature")).set_value(0.001).run()
    until_answered(panel)
    assert not panel.exception
    (error,) = panel.error
    assert "as good as none" in error.value


def test_it_speaks_korean(panel: AppTest) -> None:
    panel.session_state["language"] = "ko"
    panel.number_input(key=setting("shown")).set_value(5).run()
    until_answered(panel)
    assert any("퍼플렉서티" in each.value for each in panel.markdown)


def test_the_process_of_the_page_has_no_torch() -> None:
    code = "import sys, app.ui.live; print(sorted({'torch', 'transformers', 'tokenizers'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
