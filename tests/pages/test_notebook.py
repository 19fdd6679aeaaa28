"""The notebook: a draft that waits, pins with their verdicts, a search, and nothing that cannot be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app import pictures, reports
from app.running.journal import events
from app.settings import settings
from core.exports.export import exports
from core.papers.paper import Paper
from db import notes
from db.notes import Pin
from db.papers import upsert
from db.settings import read_setting
from pages.notebook import SHOWN
from tests.app.ended_runs import ended, induction
from tests.pages.opening import opened, raw, shown, words

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ID = "2601.00001"


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(settings().catalog)
    paper = Paper(id=ID, title="On *zebras*", abstract="About animals.", submitted=NOW)
    upsert(catalog, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    yield catalog
    catalog.close()


def titles(app: AppTest) -> list[str]:
    return [item.value for item in app.subheader]


def take_back(app: AppTest, db: Database) -> None:
    app.session_state["undo"][-1].back(db)


def test_an_empty_notebook_says_what_to_do(db: Database) -> None:
    assert "press Pin on a paper" in words(shown(opened("notebook")))


def test_a_draft_outlives_the_session_until_it_is_written_down(db: Database) -> None:
    app = shown(opened("notebook"))
    app = shown(app.text_area(key="draft-body").set_value("Half a *thought*").run())
    app = shown(opened("notebook"))
    assert app.text_area(key="draft-body").value == "Half a *thought*"
    assert "Half a *thought*" in raw(app), "the preview"
    app = shown(app.button(key="draft-write").click().run())
    (note,) = notes.list_notes(db)
    assert note.body == "Half a *thought*" and len(note.title) == len("2026-08-01")
    assert app.text_area(key="draft-body").value == ""
    assert json.loads(read_setting(db, "notebook-draft") or "")["body"] == ""
    take_back(app, db)
    assert notes.count(db) == 0


def test_nothing_is_written_where_nothing_was_said(db: Database) -> None:
    app = shown(opened("notebook"))
    shown(app.button(key="draft-write").click().run())
    assert notes.count(db) == 0


def test_what_the_draft_pins_goes_into_the_entry(db: Database) -> None:
    run = ended(db, settings(), induction())
    app = opened("notebook")
    app.session_state["draft-pins"] = [Pin("paper", ID), Pin("run", run.id)]
    app = shown(app.run())
    assert app.button(key=f"unpin-paper-{ID}").label == r"On \*zebras\*"
    app = shown(app.button(key=f"unpin-paper-{ID}").click().run())
    app = shown(app.button(key="draft-write").click().run())
    assert notes.list_notes(db)[0].pins == (Pin("run", run.id),)


def test_a_pinned_run_shows_its_verdict_and_a_pinned_chart_is_drawn(db: Database) -> None:
    run = ended(db, settings(), induction())
    said = [event for event, _head in events(settings().runs / run.id)]
    chart = pictures.of_run(None, run.id, said, language="en")[0].name
    pins = [Pin("paper", ID), Pin("run", run.id), Pin("chart", chart), Pin("run", "gone"), Pin("paper", "2601.99999")]
    notes.add(db, title="<b>A</b>", body="x", pins=pins)
    app = shown(opened("notebook"))
    said = words(app)
    assert "supported" in said and "There is no such run." in said and "no longer in the catalog" in said
    assert len(app.get("plotly_chart")) == 1
    assert titles(app) == [r"\<b\>A\<\/b\>"]


def test_the_export_of_the_notebook_holds_the_chart_and_the_verdict(db: Database) -> None:
    run = ended(db, settings(), induction())
    said = [event for event, _head in events(settings().runs / run.id)]
    chart = pictures.of_run(None, run.id, said, language="en")[0]
    notes.add(db, title="A", body="What I saw", pins=[Pin("paper", ID), Pin("run", run.id), Pin("chart", chart.name)])
    request = reports.Request(language="en", today=NOW.date())
    report = reports.build(db, settings(), request, kind="notebook")
    for name, form in exports("notebook").items():
        text = form.render(report, "en").decode()
        assert "What I saw" in text and run.id in text and "supported" in text, name
        assert chart.title.to("en") in text or chart.name in text, name


def test_an_edit_and_a_deletion_are_taken_back(db: Database) -> None:
    number = notes.add(db, title="A", body="one", pins=[Pin("paper", ID)])
    was = notes.get(db, number)
    app = shown(opened("notebook"))
    app = shown(app.button(key=f"edit-{number}").click().run())
    app.text_area[1].set_value("two")
    app.checkbox(key=f"keep-{number}-paper-{ID}").uncheck()
    app = shown(next(item for item in app.button if item.label == "Save").click().run())
    assert (notes.get(db, number).body, notes.get(db, number).pins) == ("two", ())
    take_back(app, db)
    assert notes.get(db, number) == was
    app = shown(app.run())
    app = shown(app.button(key=f"delete-{number}").click().run())
    assert notes.count(db) == 0
    take_back(app, db)
    assert notes.get(db, number) == was


def save(app: AppTest) -> AppTest:
    return shown(next(item for item in app.button if item.label == "Save").click().run())


def test_what_another_tab_writes_while_an_entry_is_edited_throws_nothing_away(db: Database) -> None:
    number = notes.add(db, title="A", body="one")
    app = shown(opened("notebook"))
    app = shown(app.button(key=f"edit-{number}").click().run())
    app.text_area(key=f"edit-body-{number}").set_value("a long rewrite")
    notes.edit(db, number, title="B", body="one\n\nof another tab")
    app = save(app)
    assert (notes.get(db, number).title, notes.get(db, number).body) == ("B", "a long rewrite")
    take_back(app, db)
    assert notes.get(db, number).body == "one\n\nof another tab"


def test_an_edit_that_is_opened_anew_begins_with_the_entry_as_it_is(db: Database) -> None:
    number = notes.add(db, title="A", body="one")
    app = shown(opened("notebook"))
    for way_out in ("Cancel", "Save"):
        app = shown(app.button(key=f"edit-{number}").click().run())
        app.text_area(key=f"edit-body-{number}").set_value("an old draft")
        app = shown(next(item for item in app.button if item.label == way_out).click().run())
        notes.edit(db, number, body="two")
        app = shown(app.run())
        app = shown(app.button(key=f"edit-{number}").click().run())
        assert app.text_area(key=f"edit-body-{number}").value == "two"
        app = shown(next(item for item in app.button if item.label == "Cancel").click().run())


def test_two_tabs_keep_their_fields_of_the_draft_and_clear_only_what_they_wrote_down(db: Database) -> None:
    one, other = shown(opened("notebook")), shown(opened("notebook"))
    one = shown(one.text_area(key="draft-body").set_value("A long draft").run())
    other = shown(other.text_input(key="draft-title").set_value("A title").run())
    kept = json.loads(read_setting(db, "notebook-draft") or "")
    assert (kept["title"], kept["body"]) == ("A title", "A long draft")
    other = shown(other.text_area(key="draft-body").set_value("Of the other").run())
    shown(one.button(key="draft-write").click().run())
    assert [note.body for note in notes.list_notes(db)] == ["A long draft"]
    assert shown(opened("notebook")).text_area(key="draft-body").value == "Of the other"
    shown(other.button(key="draft-write").click().run())
    assert shown(opened("notebook")).text_area(key="draft-body").value == ""


def test_a_search_stands_in_the_address_and_narrows_the_entries(db: Database) -> None:
    notes.add(db, title="A", body="about horses")
    notes.add(db, title="B", pins=[Pin("paper", ID)])
    app = shown(opened("notebook", q="zebras"))
    assert titles(app) == ["B"]
    app = shown(app.text_input(key="notebook-search").set_value("horses").run())
    assert titles(app) == ["A"] and app.query_params["q"] == "horses"
    app = shown(app.text_input(key="notebook-search").set_value("unicorns").run())
    assert titles(app) == [] and "No entry has these words" in words(app)


def test_a_link_shows_one_entry_alone(db: Database) -> None:
    number = notes.add(db, title="A")
    notes.add(db, title="B")
    assert titles(shown(opened("notebook", note=f"{number}"))) == ["A"]
    for wrong in ("999", "-1", "x", "²", "9" * 40):
        assert "There is no such entry" in words(shown(opened("notebook", note=wrong)))


def test_long_notebooks_come_in_pages(db: Database) -> None:
    for n in range(SHOWN + 3):
        notes.add(db, title=f"Entry {n:02d}")
    app = shown(opened("notebook"))
    assert titles(app)[0] == f"Entry {SHOWN + 2:02d}" and len(titles(app)) == SHOWN
