"""Finding and keeping on the Inbox: what is pressed is kept, can be taken back, and stays followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from core.papers.paper import Paper
from db import follows, reading
from db.papers import upsert
from db.settings import write_setting
from tests.pages.triaging import handed, mark, marked, rows

NOW = datetime.now(UTC)
INBOX = """
import streamlit as st
from app.ui import navigation, undo
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["{page}"].render()
undo.line()
"""


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    catalog = open_new(settings().catalog)
    add(catalog, *range(1, 46), seen=NOW - timedelta(days=9))
    return catalog


def add(db: Database, *numbers: int, seen: datetime, title: str = "On zebras") -> None:
    papers = [
        Paper(
            id=f"2401.{number:05d}",
            title=f"{title} {number}",
            abstract="About animals.",
            authors=("Ada Example", "Bob *Other*"),
            submitted=datetime(2024, 1, 2, tzinfo=UTC),
            topics=("peft",),
        )
        for number in numbers
    ]
    upsert(db, papers, source="arxiv", day=seen.date(), seen_at=seen)


def opened(name: str = "inbox", **address: str) -> AppTest:
    app = AppTest.from_string(INBOX.format(page=name), default_timeout=30)
    app.session_state["language"] = "en"
    for param, words in address.items():
        app.query_params[param] = words
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [item.value for item in app.exception]
    return app


def press(app: AppTest, key: str) -> AppTest:
    return checked(app.button(key=key).click().run())


def captions(app: AppTest) -> str:
    return "\n".join(item.value for item in app.caption)


def boxed(app: AppTest) -> list[str]:
    """The ids of the papers on a page of those that are corrected together, from top to bottom."""
    start = "read-inbox-"
    return [item.key.removeprefix(start) for item in app.button if (item.key or "").startswith(start)]


def test_the_last_changes_are_taken_back_one_after_the_other(db: Database) -> None:
    app = opened()
    one, two = rows(app)[:2]
    mark(app, one, state="read")
    mark(app, two, star=True)
    assert reading.reading_of(db, one).state == "read" and reading.reading_of(db, two).star
    app = press(app, "undo-last")
    assert reading.reading_of(db, one).state == "read" and not reading.reading_of(db, two).star
    app = press(app, "undo-last")
    assert reading.reading_of(db, one).state is None
    assert not [item for item in app.button if item.key == "undo-last"]


def test_several_changes_are_taken_back_at_once(db: Database) -> None:
    app = opened()
    three = rows(app)[:3]
    for paper in three:
        mark(app, paper, state="skip")
    press(app, "undo-all")
    assert {reading.reading_of(db, paper).state for paper in three} == {None}


def test_a_change_of_a_state_goes_back_to_the_state_before(db: Database) -> None:
    reading.set_state(db, "2401.00045", "saved")
    app = mark(opened(), "2401.00045", state="read")
    press(app, "undo-last")
    assert reading.reading_of(db, "2401.00045").state == "saved"


def test_the_address_says_what_is_shown(db: Database) -> None:
    add(db, 50, 51, seen=NOW, title="On lions")
    reading.toggle_star(db, "2401.00050")
    assert rows(opened(q="lions")) == ["2401.00051", "2401.00050"]
    assert rows(opened(show="starred")) == ["2401.00050"]
    assert rows(opened(page="3", topic="peft"))[-1] == "2401.00001"
    assert len(rows(opened(show="nonsense", page="-1", topic="nonsense", since="soon", sort="x", by="x"))) == 47


def test_papers_that_are_corrected_together_stand_on_pages(db: Database) -> None:
    app = press(opened(), "choose-inbox")
    assert boxed(app) == [f"2401.{number:05d}" for number in range(45, 25, -1)]
    assert handed(app) == {}
    app.query_params["page"] = "3"
    assert boxed(checked(app.run())) == [f"2401.{number:05d}" for number in range(5, 0, -1)]
    assert len(rows(press(app, "choose-inbox"))) == 45


def test_another_search_begins_on_its_first_page(db: Database) -> None:
    app = press(opened(), "choose-inbox")
    app.query_params["page"] = "2"
    assert boxed(checked(app.run()))[0] == "2401.00025"
    app.text_input(key="search-box").set_value("zebras")
    assert boxed(checked(app.run()))[0] == "2401.00045"


def test_what_is_marked_stays_in_the_list_until_another_is_asked_for(db: Database) -> None:
    app = opened(show="unread")
    first = rows(app)[0]
    mark(app, first, state="skip")
    assert rows(checked(app.run()))[0] == first
    assert marked(app) == {first: ("skip", False)}
    app.text_input(key="search-box").set_value("zebras")
    assert first not in rows(checked(app.run()))
    app.text_input(key="search-box").set_value("")
    assert first not in rows(checked(app.run()))


def test_the_list_stays_while_papers_come_and_is_made_anew_when_that_is_asked_for(db: Database) -> None:
    renewed = "from app.ui import results\nif st.session_state.get('renew'):\n    results.renew()\nst.navigation"
    app = AppTest.from_string(INBOX.format(page="inbox").replace("st.navigation", renewed, 1), default_timeout=30)
    checked(app.run())
    add(db, 50, seen=NOW)
    assert rows(checked(app.run()))[0] == "2401.00045"
    app.session_state["renew"] = True
    assert rows(checked(app.run()))[0] == "2401.00050"


def turn(app: AppTest, page: int) -> AppTest:
    """Press a page of the pager, as a browser tells it."""
    states = app._tree.get_widget_states()
    state = states.widgets.add()
    state.id = app.get("pagination")[0].proto.id
    state.int_value = page
    app._run(states)
    return checked(app)


def numbers(app: AppTest) -> list[int]:
    return [int(paper.removeprefix("2401.")) for paper in rows(app)]


def skip_all(app: AppTest) -> None:
    for paper in rows(app):
        mark(app, paper, state="skip")


@pytest.fixture
def by_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.results.PAGE_SIZE", 3)


def test_no_page_is_passed_over_where_the_papers_of_the_one_before_have_left_the_list(
    db: Database, by_three: None
) -> None:
    app = opened(show="unread")
    assert numbers(app) == [45, 44, 43]
    skip_all(app)
    app = turn(app, 2)
    assert numbers(app) == [42, 41, 40]
    assert app.get("pagination")[0].proto.num_pages == 15
    mark(app, "2401.00041", state="read")
    assert numbers(turn(app, 3)) == [39, 38, 37]
    app = turn(app, 1)
    assert numbers(app) == [45, 44, 43], "as it was left"
    assert set(marked(app)) == {"2401.00045", "2401.00044", "2401.00043"}
    assert numbers(turn(app, 2)) == [42, 41, 40]


def test_who_comes_back_to_the_list_has_the_open_page_made_anew_after_those_before_it(
    db: Database, by_three: None
) -> None:
    app = opened(show="unread")
    skip_all(app)
    app = turn(app, 2)
    mark(app, "2401.00042", state="read")
    # A paper's page was looked at meanwhile: the list's own state is gone.
    app.session_state["page-entered"] = True
    app = checked(app.run())
    assert numbers(app) == [41, 40, 39]
    app.session_state["page-entered"] = False
    assert numbers(turn(app, 3)) == [38, 37, 36]


def test_where_nothing_is_left_of_the_open_page_and_those_before_it_that_is_said(db: Database, by_three: None) -> None:
    for number in range(5, 46):
        reading.set_state(db, f"2401.{number:05d}", "read")
    app = opened(show="unread")
    skip_all(app)
    app = turn(app, 2)
    assert numbers(app) == [1]
    skip_all(app)
    app.session_state["page-entered"] = True
    app = checked(app.run())
    assert rows(app) == [] and "page" not in app.query_params
    assert "No paper fits these filters" in "\n".join(item.value for item in app.markdown)
    app.session_state["page-entered"] = False
    app.query_params["page"] = "5"
    assert rows(checked(app.run())) == []


def test_a_page_stays_open_where_what_is_marked_makes_the_list_shorter(db: Database, by_three: None) -> None:
    for number in range(8, 46):
        reading.set_state(db, f"2401.{number:05d}", "read")
    app = opened(show="unread", page="3")
    assert numbers(app) == [1]
    mark(app, "2401.00001", state="skip")
    assert numbers(app) == [1] and app.get("pagination")[0].proto.num_pages == 3
    # In another tab all of the others are read.
    for number in range(2, 8):
        reading.set_state(db, f"2401.{number:05d}", "read")
    app = checked(app.run())
    assert numbers(app) == [1] and app.get("pagination")[0].proto.num_pages == 3


def test_papers_stand_under_headings_by_arrival_or_by_stage(db: Database) -> None:
    assert handed(opened())["groups"] == {}, "one heading for all of them would say nothing"
    write_setting(db, "visit-last", (NOW - timedelta(days=2)).isoformat())
    add(db, 50, 51, seen=NOW - timedelta(days=1))
    assert handed(opened())["groups"] == {"news": "Since your last visit · 2", "earlier": "Earlier · 45"}
    by_stage = handed(opened(by="stage"))
    assert by_stage["groups"] == {"nowhere": "No stage · 47"}
    assert {row["group"] for row in by_stage["rows"]} == {"nowhere"}
    assert handed(opened(by="date"))["groups"] == {}


def test_new_is_what_came_since_the_last_visit(db: Database) -> None:
    assert "new" not in [option for item in opened().segmented_control for option in item.options]
    write_setting(db, "visit-last", (NOW - timedelta(days=2)).isoformat())
    add(db, 50, 51, seen=NOW - timedelta(days=1))
    app = opened(show="new")
    assert rows(app) == ["2401.00051", "2401.00050"]
    (shown,) = [option for item in app.segmented_control for option in item.options if "New since" in option]
    assert shown.endswith("· 2")


def test_best_matches_say_of_how_many_they_are(db: Database) -> None:
    app = opened(q="zebras", sort="best")
    assert "The best of 45 matches." in captions(app)
    assert len(rows(app)) == 45


def test_hints_stand_under_the_filters(db: Database) -> None:
    assert "is:nonsense is not known" in captions(opened(q="zebras is:nonsense")).replace("\\", "")


def test_a_search_is_followed_found_again_and_left(db: Database) -> None:
    app = opened(q="zebras", topic="peft")
    app = press(app, "follow-this")
    (follow,) = follows.list_follows(db)
    assert (follow.kind, follow.query) == ("search", "topic:peft zebras")
    app = press(app, "unfollow-this")
    assert follows.list_follows(db) == []
    press(app, "undo-last")
    assert follows.list_follows(db) == [follow]


def test_a_followed_topic_is_one_whichever_way_it_was_followed(db: Database) -> None:
    press(opened(topic="peft"), "follow-this")
    assert follows.list_follows(db)[0].kind == "topic"
    app = opened("paper", id="2401.00001")
    assert app.session_state["follow-topics-2401.00001"] == ["peft"]


def test_what_is_new_in_a_followed_search_is_seen_and_then_looked_at(db: Database) -> None:
    follow = follows.add(db, kind="search", name="Zebras", query="zebras", now=NOW - timedelta(days=2))
    add(db, 50, seen=NOW - timedelta(days=1))
    app = opened()
    assert app.button(key=f"news-{follow.id}").label == "Zebras · 1"
    app = press(app, f"news-{follow.id}")
    assert app.text_input(key="search-box").value == "zebras"
    assert follows.waiting(db, follows.get(db, follow.id)).new == 0
    assert [row["id"] for row in handed(app)["rows"] if row["fresh"]] == ["2401.00050"]


def test_authors_are_followed_from_a_paper(db: Database) -> None:
    app = opened("paper", id="2401.00001")
    key = "follow-authors-2401.00001"
    app.button_group(key=key).set_value(["Bob *Other*"])
    checked(app.run())
    (follow,) = follows.list_follows(db)
    assert (follow.kind, follow.name, follow.query) == ("author", "Bob *Other*", 'author:"Bob *Other*"')
    assert follows.waiting(db, follow).unread == 45


def test_a_paper_of_many_authors_offers_them_by_name(db: Database) -> None:
    many = tuple(f"Author {number}" for number in range(60))
    upsert(db, [Paper(id="2402.00001", title="Many", authors=many)], source="arxiv", day=NOW.date(), seen_at=NOW)
    app = opened("paper", id="2402.00001")
    app.multiselect(key="follow-authors-2402.00001").set_value(["Author 42"])
    checked(app.run())
    assert [item.name for item in follows.list_follows(db)] == ["Author 42"]


def test_unfollowing_on_its_page_can_be_taken_back(db: Database) -> None:
    follow = follows.add(db, kind="search", name="A *star*", query="zebras")
    app = press(opened("following"), f"unfollow-{follow.id}")
    assert follows.list_follows(db) == []
    press(app, "undo-last")
    assert follows.list_follows(db) == [follow]


def test_a_search_without_a_match_offers_the_way_back(db: Database) -> None:
    app = opened(q="unicorns", stage="ask")
    assert rows(app) == []
    (button,) = [item for item in app.button if item.label == "Show everything"]
    assert len(rows(checked(button.click().run()))) == 45
