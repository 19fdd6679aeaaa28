"""The page of trends: what is asked stands in the address, and every finding leads to its papers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from db.papers import browse
from db.records import Filters
from tests.app.trend_papers import PERIOD, fill

PAGE = """
import streamlit as st
from app.ui import navigation
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["trends"].render()
"""
DAYS = {"since": f"{PERIOD.start}", "until": f"{PERIOD.end}"}


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    catalog = open_new(settings().catalog)
    fill(catalog)
    return catalog


def opened(language: str = "en", **address: str) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=30)
    app.session_state["language"] = language
    for param, words in (DAYS | address).items():
        app.query_params[param] = words
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [item.value for item in app.exception]
    return app


def said(app: AppTest) -> str:
    return "\n".join(item.value for item in (*app.markdown, *app.caption, *app.info, *app.warning))


def links(app: AppTest) -> list[tuple[str, str]]:
    """Label and query of every link to a page."""
    found = []

    def visit(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            if child.type == "page_link":
                found.append((child.proto.label, child.proto.query_string))
            visit(child)

    visit(app.main)
    return found


def asked(app: AppTest) -> dict[str, str]:
    """What stands in the address."""
    return {name: words if isinstance(words, str) else words[-1] for name, words in app.query_params.items()}


def test_the_finding_and_the_table_stand_beside_the_chart(db: Database) -> None:
    app = opened(kind="topic", by="week")
    assert "Retrieval rises\\: 9\\.2\\% → 24\\% of papers" in said(app)
    table = app.dataframe[0].value
    row = table[table["tag"] == "Retrieval"].iloc[0]
    assert (row["before"], row["change"]) == (67, "▲ rising")
    assert row["share before"] == "9.2% (7.3–11%)"
    assert row["papers"] == "/?topic=retrieval&since=2026-07-01&until=2026-08-31"
    assert set(table["change"]) == {"▲ rising", "–"}


def test_the_link_of_a_row_asks_for_just_its_papers(db: Database) -> None:
    table = opened(kind="topic").dataframe[0].value
    now = table[table["tag"] == "Retrieval"].iloc[0]["now"]
    filters = Filters(topic="retrieval", since=PERIOD.start, until=PERIOD.end)
    assert len(browse(db, filters=filters, limit=1_000)) == now


def test_what_is_asked_stands_in_the_address(db: Database) -> None:
    app = opened()
    assert asked(app) == DAYS
    checked(app.segmented_control(key="trend-kind").set_value("topic").run())
    checked(app.segmented_control(key="trend-as").set_value("count").run())
    assert asked(app) == {**DAYS, "kind": "topic", "as": "count"}
    checked(app.segmented_control(key="trend-view").set_value("terms").run())
    assert asked(app)["view"] == "terms"


@pytest.mark.parametrize(
    "nonsense",
    [{"kind": "moon", "by": "never", "view": "sun", "as": "x"}, {"since": "yesterday", "until": "never"}],
)
def test_an_address_that_asks_for_nonsense_shows_the_usual(db: Database, nonsense: dict[str, str]) -> None:
    app = opened(**nonsense)
    assert app.segmented_control(key="trend-kind").value == "stage"
    assert not set(nonsense.values()) & set(asked(app).values())


def test_days_that_end_before_they_begin_are_said(db: Database) -> None:
    app = opened(since="2026-08-31", until="2026-07-01")
    assert "not after the last one" in app.warning[0].value


def test_new_terms_lead_to_their_papers(db: Database) -> None:
    app = opened(view="terms")
    found = dict(links(app))
    label = next(label for label in found if "Memory Palaces" in label and "37" in label)
    assert "q=title%3A%22Memory+Palaces%22" in found[label] and "since=2026-07-01" in found[label]
    assert sum("id=2608" in query for query in found.values()) == 3
    words = 'title:"Memory Palaces"'
    assert len(browse(db, filters=Filters(text=words, since=PERIOD.start, until=PERIOD.end), limit=99)) == 37


def test_noticed_papers_and_joined_stages_are_told(db: Database) -> None:
    app = opened(view="noticed")
    assert "▲ 1,400 votes" in said(app)
    app = opened(view="joins")
    assert any(query == "q=stage%3Aalign+stage%3Aask&since=2026-07-01&until=2026-08-31" for _, query in links(app))
    assert app.dataframe[0].value["tag"].tolist() == ["Align + Ask"]


def test_a_catalog_that_was_not_kept_before_is_warned_of(db: Database) -> None:
    app = opened(since="2026-05-01", until="2026-08-31", kind="topic")
    assert "tells more of the catalog than of the field" in app.warning[0].value
    assert not any("rises" in item.value for item in app.markdown)


@pytest.mark.parametrize("view", ["tags", "terms", "noticed", "joins"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_view_draws_where_there_is_nothing(home: Path, view: str, language: str) -> None:
    assert opened(language, view=view).info
