"""Every page draws, in both languages, on an empty catalog and on the starter catalog."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.registry import discover
from tests.pages.opening import opened

ROOT = Path(__file__).resolve().parents[2]
PAGES = discover("pages", "PAGE")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_every_page_draws_on_an_empty_catalog(page_id: str, language: str, home: Path) -> None:
    app = opened(page_id, language)
    assert not app.exception
    assert app.title, "a page has a title"


@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_every_page_draws_on_the_starter_catalog(page_id: str, starter: None) -> None:
    app = opened(page_id, "en")
    assert not app.exception


def test_a_catalog_that_cannot_be_used_is_one_line_in_place(home: Path) -> None:
    home.mkdir()
    (home / "catalog.db").write_text("this is a shopping list, not a database", encoding="utf-8")
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert not app.exception
    assert "not a SQLite database" in app.error[0].value


@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_every_page_speaks_both_languages_in_its_title(page_id: str) -> None:
    assert PAGES[page_id].title.is_translated("ko")
