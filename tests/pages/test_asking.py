"""Is a question answered on the page, with links that open the passage, and is nothing obeyed that a paper says?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.settings import settings
from app.ui.quoting import marked, params
from core.papers.paper import Paper
from db.papers import upsert
from tests.faults.chat_server import ChatServer, refusal, said
from tests.pages.opening import opened, raw, words

NOW = datetime(2026, 8, 3, tzinfo=UTC)
QUESTION = "What does LoRA train?"
SENTENCE = "LoRA trains <b>two</b> small [matrices](javascript:x)."
ABSTRACT = f"Models are large. {SENTENCE} Nothing else is trained."


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(settings().catalog)
    paper = Paper(id="2401.00001", title="LoRA *here*", abstract=ABSTRACT, submitted=NOW, stages=("adapt",))
    upsert(catalog, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    yield catalog
    catalog.close()


@pytest.fixture
def model(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    server = ChatServer()
    monkeypatch.setenv("TRENDLAB_LLM_URL", server.url)
    monkeypatch.setenv("TRENDLAB_LLM_MODEL", "toy-7b")
    settings.cache_clear()
    yield server
    server.close()


def html(app: object) -> str:
    return "\n".join(str(item.proto.body) for item in app.get("html"))  # type: ignore[attr-defined]


def test_an_answer_is_quoted_with_a_link_and_the_question_is_in_the_address(db: Database) -> None:
    app = opened("inbox", ask=QUESTION)
    assert not app.exception
    shown = html(app)
    assert "LoRA trains &lt;b&gt;two&lt;/b&gt; small" in shown and "<b>two</b>" not in shown
    assert "1 paper looked through" in words(app)
    assert app.query_params["ask"] == QUESTION
    app.text_input(key="ask-all").set_value("").run()
    assert "ask" not in app.query_params and "blockquote" not in html(app)


def test_a_question_without_an_answer_says_so_and_shows_the_nearest(db: Database) -> None:
    app = opened("inbox", ask="Was LoRA tried on protein folding?")
    assert "Not found." in words(app) and "“protein”" in words(app) and "Nearest, and not an answer:" in words(app)
    assert "Not found." in words(opened("inbox", ask="<script>alert(1)</script>"))


def test_an_empty_catalog_says_what_to_do(home: Path, open_new: Callable[[Path], Database]) -> None:
    open_new(settings().catalog)
    assert "no paper to ask yet" in words(opened("inbox", ask=QUESTION))


def test_a_question_is_asked_again_when_papers_have_come(home: Path, open_new: Callable[[Path], Database]) -> None:
    db = open_new(settings().catalog)
    app = opened("inbox", ask=QUESTION)
    assert "no paper to ask yet" in words(app)
    other = Paper(id="2401.00002", title="On zebras", abstract="They are striped.", submitted=NOW)
    upsert(db, [other], source="arxiv", day=NOW.date(), seen_at=NOW)
    assert "Not found." in words(app.run())
    paper = Paper(id="2401.00001", title="LoRA *here*", abstract=ABSTRACT, submitted=NOW)
    upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW + timedelta(hours=1))
    app = app.run()
    assert "LoRA trains" in html(app) and "Not found." not in words(app)


def test_a_question_is_looked_for_once_while_nothing_comes(db: Database) -> None:
    app = opened("inbox", ask=QUESTION)
    first = app.session_state["asked-all"]
    assert app.run().session_state["asked-all"] is first


def test_a_search_that_was_ended_is_tried_again_on_a_press(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as slow:
        slow.setattr("app.asking.catalog.SECONDS", -1.0)
        slow.setattr("db.patience._STEPS", 1)
        app = opened("inbox", ask=QUESTION)
    assert "took too long" in words(app)
    app = app.button(key="again-all").click().run()
    assert "LoRA trains" in html(app) and "took too long" not in words(app)


def test_a_stage_asks_its_own_papers(db: Database) -> None:
    assert "blockquote" in html(opened("adapt", ask=QUESTION))
    assert "no paper to ask yet" in words(opened("align", ask=QUESTION))


def test_a_quote_is_marked_on_the_page_of_its_paper(db: Database) -> None:
    address = params("2401.00001", SENTENCE)
    app = opened("paper", **address)
    assert '<mark class="tl-quoted">LoRA trains &lt;b&gt;two&lt;/b&gt;' in html(app) and not app.exception
    assert "does not stand" not in words(app)
    gone = opened("paper", id="2401.00001", quote="<script>alert(1)</script>")
    assert "does not stand in the paper" in words(gone) and "<script" not in html(gone) + raw(gone)
    assert "<mark" not in html(opened("paper", id="2401.00001"))


def test_the_whole_passage_is_marked_though_the_link_has_its_beginning() -> None:
    assert marked(ABSTRACT, "LoRA trains") == (
        'Models are large. <mark class="tl-quoted">LoRA trains &lt;b&gt;two&lt;/b&gt; small [matrices](javascript:x).'
        "</mark> Nothing else is trained."
    )
    assert marked("A & B\n  C.", "B C.") == 'A &amp; <mark class="tl-quoted">B C.</mark>'
    assert marked("A & B", "") == marked("A & B", "D") == "A &amp; B"


def test_a_models_sentences_link_to_what_they_cite(model: ChatServer) -> None:
    told = [{"text": "LoRA trains *two* matrices.", "cites": [1]}, {"text": "It is red.", "cites": []}]
    model.fault = lambda question: said(json.dumps({"sentences": told}))
    app = opened("inbox", ask=QUESTION)
    app = _until_told(app)
    assert "[\\[1\\]](paper?id=2401.00001&quote=LoRA%20trains%20%3Cb%3E" in raw(app)
    assert "trains \\*two\\* matrices" in raw(app)
    assert "no person has checked it" in words(app) and "1 without a citation" in words(app)
    assert "It is red" not in words(app) and "blockquote" in html(app)
    assert len(model.seen) == 1  # a click elsewhere asks nothing


def test_a_models_failure_is_one_line_beside_the_quotes(model: ChatServer) -> None:
    model.fault = lambda question: refusal(404, "no such model <b>x</b>")
    app = _until_told(opened("inbox", ask=QUESTION))
    (line,) = app.warning
    assert "404" in line.value and "\n" not in line.value and "<b>" not in line.value
    assert "blockquote" in html(app)
    told = [{"text": "LoRA trains two matrices.", "cites": [1]}]
    model.fault = lambda question: said(json.dumps({"sentences": told}))
    app = _until_told(app.button(key="again-all").click().run())
    assert not app.warning and "LoRA trains two matrices" in words(app)


def test_a_model_is_not_asked_the_same_twice_when_other_papers_come(db: Database, model: ChatServer) -> None:
    told = [{"text": "LoRA trains two matrices.", "cites": [1]}]
    model.fault = lambda question: said(json.dumps({"sentences": told}))
    app = _until_told(opened("inbox", ask=QUESTION))
    other = Paper(id="2401.00002", title="On zebras", abstract="They are striped.", submitted=NOW)
    upsert(db, [other], source="arxiv", day=NOW.date(), seen_at=NOW + timedelta(hours=1))
    app = app.run()
    assert "2 papers looked through" in words(app) and "LoRA trains two matrices" in words(app)
    assert len(model.seen) == 1


def _until_told(app):  # type: ignore[no-untyped-def]
    app.session_state["asked-all"].telling.wait(20)
    app = app.run()
    assert not app.exception, [item.value for item in app.exception]
    return app
