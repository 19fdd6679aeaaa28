"""Every page draws, in both languages, on an empty catalog and on the starter catalog."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.page import Page
from core.registry import discover

ROOT = Path(__file__).resolve().parents[2]
PAGES = discover("pages", "PAGE")


def opened(page: Page, language: str) -> AppTest:
    """The app, with one page chosen as the navigation chooses it."""
    from streamlit.util import calc_md5

    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    app.session_state["language"] = language
    app._page_hash = calc_md5(page.id if page.id != "inbox" else "")
    return app.run()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_every_page_draws_on_an_empty_catalog(page_id: str, language: str, home: Path) -> None:
    app = opened(PAGES[page_id], language)
    assert not app.exception
    assert app.title, "a page has a title"


@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_every_page_draws_on_the_starter_catalog(page_id: str, home: Path) -> None:
    from app.ingest import load_starter
    from app.settings import settings
    from db.connect import open_catalog

    load_starter(open_catalog(settings().catalog))
    app = opened(PAGES[page_id], "en")
    assert not app.exception


def test_a_catalog_that_cannot_be_used_is_one_line_in_place(home: Path) -> None:
    home.mkdir()
    (home / "catalog.db").write_text("this is a shopping list, not a database", encoding="utf-8")
    app = opened(PAGES["inbox"], "en")
    assert not app.exception
    assert "not a SQLite database" in app.error[0].value


@pytest.mark.parametrize("page_id", sorted(PAGES))
def test_every_page_speaks_both_languages_in_its_title(page_id: str) -> None:
    assert PAGES[page_id].title.is_translated("ko")
