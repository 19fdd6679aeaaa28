"""Is what a browser tells of its list done, each entry once and in order, whatever it holds? And what is it handed?"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.ui.triage.log import Log, note_down
from core.papers.paper import Paper
from db import follows, notes, reading
from db.papers import upsert
from db.reading import Reading
from db.settings import write_setting
from tests.loopback import Quiet, listening
from tests.pages.triaging import handed, mark, marked, press, rows, tell

NOW = datetime(2026, 8, 3, tzinfo=UTC)
PAGE = b"""<!DOCTYPE html><html><body><figure class="ltx_figure"><img src="/x1.png" width="600">
<figcaption>Figure 1: The whole.</figcaption></figure></body></html>"""
LIST = """
import streamlit as st
from app.ui import navigation, triage, undo
from db.arranging import Place
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
places = [Place(paper, group) for paper, group in st.session_state["places"]]
triage.draw(places, scope="test", question=st.session_state.get("question"), since=st.session_state.get("since"))
undo.line()
"""


class Web(Quiet):
    """arXiv's web pages: a paper with one figure, given out when it may be."""

    may_answer = threading.Event()
    asked: list[str] = []

    def do_GET(self) -> None:
        self.may_answer.wait(20)
        self.asked.append(self.path)
        picture = io.BytesIO()
        Image.new("RGB", (600, 400), "navy").save(picture, "PNG")
        kind, body = ("image/png", picture.getvalue()) if self.path == "/x1.png" else ("text/html", PAGE)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    catalog = open_new(settings().catalog)
    papers = [
        Paper(id=f"2401.{number:05d}", title=f"On zebras {number}", abstract="About animals.", authors=("Ada Example",))
        for number in range(1, 131)
    ]
    upsert(catalog, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    return catalog


def paper(number: int) -> str:
    return f"2401.{number:05d}"


def drawn(count: int = 5, *, group: str = "", **state: object) -> AppTest:
    app = AppTest.from_string(LIST, default_timeout=30)
    app.session_state["language"] = "en"
    app.session_state["places"] = [(paper(number), group) for number in range(1, count + 1)]
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception, [item.value for item in app.exception]
    return app


def toasts(app: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in app.toast]


def test_papers_come_in_pieces_as_one_goes_down(db: Database) -> None:
    app = drawn(130)
    assert rows(app) == [paper(number) for number in range(1, 61)]
    tell(app, {"have": 60, "more": True, "log": []})
    assert (handed(app)["from"], rows(app)[0], len(rows(app))) == (60, paper(61), 60)
    tell(app, {"have": 120, "more": True, "log": []})
    assert rows(app) == [paper(number) for number in range(121, 131)]
    assert handed(app)["total"] == 130


def test_nothing_comes_twice_where_only_a_key_was_pressed(db: Database) -> None:
    log = [{"number": 1, "act": "mark", "id": paper(1), "star": True}]
    app = tell(drawn(130), {"have": 60, "more": False, "log": log})
    assert rows(app) == []
    assert handed(app)["noted"] == 1


def test_a_browser_that_says_nonsense_of_what_it_has_gets_the_beginning(db: Database) -> None:
    app = drawn(130)
    for have in (-1, 0, 131, 10**12, "sixty", None, [], 1.5):
        assert rows(tell(app, {"have": have, "more": False}))[0] == paper(1), have


def test_each_entry_is_done_once_and_in_order(db: Database) -> None:
    app = drawn()
    log: list[dict[str, Any]] = [
        {"number": 1, "act": "mark", "id": paper(1), "state": "saved"},
        {"number": 2, "act": "mark", "id": paper(1), "state": "skip"},
        {"number": 3, "act": "mark", "id": paper(2), "star": True},
    ]
    tell(app, {"log": log[:2]})
    reading.set_state(db, paper(1), "read")  # elsewhere, later
    tell(app, {"log": log})
    assert reading.reading_of(db, paper(1)) == Reading(state="read")
    assert reading.reading_of(db, paper(2)) == Reading(star=True)
    assert handed(app)["noted"] == 3


def test_what_was_pressed_is_taken_back_on_the_page_and_the_list_hears_of_it(db: Database) -> None:
    app = mark(drawn(), paper(1), state="saved")
    mark(app, paper(2), star=True)
    assert marked(app) == {paper(1): ("saved", False), paper(2): (None, True)}
    app.button(key="undo-last").click().run()
    assert marked(app) == {paper(1): ("saved", False)}
    app.button(key="undo-last").click().run()
    assert marked(app) == {}


def test_a_mark_that_stands_already_leaves_nothing_to_take_back(db: Database) -> None:
    reading.set_state(db, paper(1), "saved")
    app = mark(drawn(), paper(1), state="saved", star=False)
    assert not [button for button in app.button if button.key == "undo-last"]


def test_a_note_is_pinned_to_its_paper_and_counted(db: Database) -> None:
    app = drawn()
    text = "  First line\nand $more$ <b>of it</b>  "
    press(app, {"act": "note", "id": paper(3), "text": text}, {"act": "note", "id": paper(3), "text": " "})
    (note,) = notes.list_notes(db)
    assert (note.title, note.body, note.pinned("paper")) == ("First line", text.strip(), (paper(3),))
    assert next(row for row in handed(app)["rows"] if row["id"] == paper(3))["notes"] == 1


def test_a_note_that_is_told_twice_after_the_app_was_started_anew_is_kept_once(db: Database) -> None:
    for _session in range(2):
        press(drawn(), {"act": "note", "id": paper(3), "text": "The same words"})
    assert notes.count(db) == 1


def test_a_note_has_a_longest_length(db: Database) -> None:
    press(drawn(), {"act": "note", "id": paper(3), "text": "a" * 100_000})
    assert len(notes.list_notes(db)[0].body) == 4_000


NOT_TO_BE_DONE: list[dict[str, Any]] = [
    {"act": "mark", "id": "9999.99999", "state": "read"},
    {"act": "mark", "id": {"$ne": 1}, "state": "read"},
    {"act": "mark", "state": "read"},
    {"act": "mark", "id": "2401.00001", "state": "burnt"},
    {"act": "mark", "id": "2401.00001", "state": ["read"]},
    {"act": "mark", "id": "2401.00001", "state": 7},
    {"act": "delete", "id": "2401.00001"},
    {"act": None, "id": "2401.00001"},
    {"id": "2401.00001"},
    {"act": "note", "id": "'; DROP TABLE notes; --", "text": "x"},
    {"act": "<img src=x onerror=alert(1)>", "id": "2401.00001"},
]
NO_LOG: list[object] = [
    None,
    7,
    "log",
    [],
    {"log": None},
    {"log": "mark"},
    {"log": {"number": 1}},
    {"log": [None, 1, "x", [], {}, {"number": None}, {"number": "1"}, {"number": 0.5}, {"number": -3, "act": "mark"}]},
    {"figures": "all"},
    {"figures": [None, 7, {}, "9999.99999", "../../etc/passwd", "\x00"]},
]


def test_what_cannot_be_done_is_told_and_what_comes_after_it_is_done(db: Database) -> None:
    app = drawn()
    for entry in NOT_TO_BE_DONE:
        press(
            app, {"act": "mark", "id": paper(4), "star": True}, entry, {"act": "mark", "id": paper(2), "state": "skip"}
        )
        assert len(toasts(app)) == 1, entry
        assert reading.reading_of(db, paper(1)) == Reading()
        assert reading.reading_of(db, paper(4)) == Reading(star=True)
        assert reading.reading_of(db, paper(2)) == Reading(state="skip")
        assert marked(app) == {paper(4): (None, True), paper(2): ("skip", False)}, "the browser hears how all stand"
        press(app, {"act": "mark", "id": paper(4), "star": False}, {"act": "mark", "id": paper(2), "state": None})
    assert notes.count(db) == 0


def test_what_is_no_log_is_passed_over(db: Database) -> None:
    app = drawn()
    for told in NO_LOG:
        tell(app, told)
        assert toasts(app) == [], told
        assert (handed(app)["noted"], handed(app)["figures"]) == (0, {}), told


def test_a_paper_that_is_gone_to_is_remembered_until_the_page_turns(db: Database) -> None:
    log = Log()
    entries = [{"number": 1, "act": "go", "id": paper(7)}, {"number": 2, "act": "go", "id": "9999.99999"}]
    assert len(list(note_down(db, log, entries))) == 1
    assert log == Log(done=2, going=paper(7))


@pytest.mark.parametrize("away", [timedelta(), timedelta(minutes=2)])
def test_while_another_process_writes_the_list_stays_and_is_told_again(
    db: Database, monkeypatch: pytest.MonkeyPatch, away: timedelta
) -> None:
    monkeypatch.setattr("db.connect.BUSY_TIMEOUT", 0.05)
    app = drawn()
    write_setting(db, "visit-now", (datetime.now(UTC) - away).isoformat())
    log = [{"number": 1, "act": "mark", "id": "9999.99999"}, {"number": 2, "act": "mark", "id": paper(1), "star": True}]
    db.conn.execute("BEGIN IMMEDIATE")
    tell(app, {"log": log})
    db.rollback()
    said = "\n".join(toasts(app))
    assert "another process holds the catalog" in said
    # To note the visit comes first; where it was noted a moment ago, the log was begun.
    assert ("no paper 9999.99999" in said) == (not away)
    assert handed(app)["noted"] == (0 if away else 1)
    tell(app, {"log": log, "tick": 2})
    assert handed(app)["noted"] == 2 and reading.reading_of(db, paper(1)) == Reading(star=True)


def test_another_list_goes_on_in_the_same_log(db: Database) -> None:
    app = mark(drawn(), paper(1), state="saved")
    app.session_state["places"] = [(paper(2), ""), (paper(1), "")]
    app.run()
    assert rows(app) == [paper(2), paper(1)]
    assert handed(app)["noted"] == 1
    assert marked(app) == {paper(1): ("saved", False)}


def test_another_language_is_another_list(db: Database) -> None:
    app = drawn(group="earlier")
    first = app.get("bidi_component")[0].proto.id
    assert handed(app)["groups"] == {"earlier": "Earlier · 5"}
    app.session_state["language"] = "ko"
    app.run()
    assert app.get("bidi_component")[0].proto.id != first
    assert handed(app)["groups"]["earlier"] != "Earlier · 5"


def test_who_comes_back_stands_at_the_paper_that_was_left_or_at_the_next_that_is_there(db: Database) -> None:
    app = drawn(130, question="all")
    app.session_state["triage-test"].left = paper(40)
    app.session_state["places"] = [(paper(number), "") for number in range(1, 131) if number not in (5, 40, 41)]
    app.run()
    assert handed(app)["start"] == 38
    assert rows(app)[38] == paper(42)
    assert len(rows(app)) == 38 + 60
    app.session_state["question"] = "another"
    app.session_state["places"] = [(paper(number), "") for number in range(80, 131)]
    app.run()
    assert handed(app)["start"] == 0


def test_a_paper_says_why_it_stands_there(db: Database) -> None:
    follows.add(db, kind="author", name="Ada", query=follows.author_query("Ada Example"))
    row = handed(drawn(since=NOW - timedelta(hours=1)))["rows"][0]
    assert (row["why"], row["fresh"]) == ("you follow Ada", True)
    assert handed(drawn(since=NOW + timedelta(hours=1)))["rows"][0]["fresh"] is False


def test_a_figure_that_is_kept_comes_with_its_caption(db: Database, home: Path) -> None:
    folder = home / "figures"
    folder.mkdir()
    Image.new("RGB", (4, 3), "red").save(folder / f"{paper(1)}.webp")
    about = {"at": datetime.now(UTC).isoformat(), "caption": r"All of $\alpha$", "provider": "arxiv"}
    (folder / f"{paper(1)}.json").write_text(json.dumps(about), encoding="utf-8")
    found = handed(tell(drawn(), {"figures": [paper(1)]}))["figures"]
    assert found[paper(1)]["words"] == "All of α"
    assert found[paper(1)]["source"].startswith("data:image/webp;base64,")


def test_that_there_is_no_figure_is_said(db: Database, home: Path) -> None:
    folder = home / "figures"
    folder.mkdir()
    about = {"at": datetime.now(UTC).isoformat(), "caption": "", "provider": ""}
    (folder / f"{paper(1)}.json").write_text(json.dumps(about), encoding="utf-8")
    found = handed(tell(drawn(), {"figures": [paper(1)]}))["figures"]
    assert found == {paper(1): {"source": None, "words": "This paper has no figure on the web."}}


def test_a_figure_is_fetched_beside_the_page_and_comes_when_it_is_there(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(Web) as server:
        for name in ("ARXIV_URL", "HF_URL", "HTML_URL"):
            monkeypatch.setenv(f"TRENDLAB_{name}", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("TRENDLAB_ARXIV_DELAY", "0")
        settings.cache_clear()
        app = tell(drawn(), {"figures": [paper(1)], "tick": 0})
        assert handed(app)["figures"] == {}, "the page did not wait for it"
        Web.may_answer.set()
        until = time.monotonic() + 30
        while not (found := handed(app)["figures"]) and time.monotonic() < until:
            tell(app, {"figures": [paper(1)], "tick": time.monotonic()})
    assert found[paper(1)]["words"] == "Figure 1: The whole."
    assert Web.asked == [f"/{paper(1)}", "/x1.png"]
