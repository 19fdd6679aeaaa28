"""The stage lens: what was corrected, what the tagger learned from it, and how that is taken back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.retraining import background, work
from app.settings import settings
from app.tagger import CatalogTagger, standing
from core.papers.lens.figures import figures
from db import retrainings
from db.papers import upsert
from db.tags import correct, correct_many, corrections, set_curated
from tests.core.papers.lens.lens_papers import papers_about

NOW = datetime(2026, 8, 3, tzinfo=UTC)
MINE = [paper.id for paper in papers_about("ask", 12)]
PAGE = """
import streamlit as st
from app.ui import navigation, undo
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["lens"].render()
undo.line()
"""


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    catalog = open_new(settings().catalog)
    papers = [paper for stage in ("build", "align", "adapt") for paper in papers_about(stage, 20)]
    papers += papers_about("ask", 20)
    upsert(catalog, papers, source="arxiv", day=NOW.date(), seen_at=NOW, tagger=CatalogTagger(catalog))
    set_curated(catalog, {paper.id: {"stage": ("align",)} for paper in papers_about("align", 4)})
    return catalog


def opened(language: str = "en") -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=30)
    app.session_state["language"] = language
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [item.value for item in app.exception]
    return app


def press(app: AppTest, key: str) -> AppTest:
    return checked(app.button(key=key).click().run())


def words(app: AppTest) -> str:
    places = (app.markdown, app.caption, app.warning, app.info)
    return "\n".join(str(item.value) for place in places for item in place)


def keys(app: AppTest) -> set[str]:
    return {item.key or "" for item in app.button}


def wait_until_done(db: Database) -> None:
    """The background has worked off what is open."""
    deadline = time.monotonic() + 60
    while retrainings.open_one(db) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_without_a_correction_there_is_nothing_to_retrain_on(db: Database) -> None:
    app = opened()
    assert app.button(key="retrain").disabled
    assert "Nothing yet" in words(app) and "The tagger is as shipped." in words(app)
    assert "retrain-undo" not in keys(app)


def test_a_correction_is_listed_and_taken_back(db: Database) -> None:
    correct(db, MINE[0], "stage", ["build"])
    correct(db, MINE[0], "application", ["law"])
    app = opened()
    assert not app.button(key="retrain").disabled and "It has not learned yet: 1 of 1." in words(app)
    app = press(app, f"uncorrect-{MINE[0]}")
    assert corrections(db, "stage") == {} and corrections(db, "application") == {}
    press(app, "undo-last")
    assert corrections(db, "stage") == {MINE[0]: ("build",)} and corrections(db, "application") == {MINE[0]: ("law",)}


def test_many_corrections_are_paged(db: Database) -> None:
    correct_many(db, MINE, "stage", ["build"])
    assert sum(key.startswith("uncorrect-") for key in keys(opened())) == 5


def test_what_was_learned_is_shown_with_its_figures_and_taken_back(db: Database) -> None:
    correct_many(db, MINE, "stage", ["build"])
    work.ask(db)
    work.work(db)
    app = opened()
    told = words(app)
    assert "The tagger has learned from 12 of your corrections" in told
    assert "12 papers became right, 0 wrong" in told and "With fewer than 20 papers that says little." in told
    assert "None of them became right or wrong." in told, "of the curated ones"
    assert "8 of 80 papers changed stage" in told
    assert app.button(key="retrain").disabled
    first, second = (table.value.to_dict("list") for table in app.dataframe[:2])
    assert first["as shipped"][0] == "0% (0)" and first["retrained"][0] == "100% (12)"
    assert second["as shipped"][0] == second["retrained"][0] == "100% (4)"


def test_a_retraining_that_was_interrupted_is_seen_and_cancelled(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    correct_many(db, MINE, "stage", ["build"])
    monkeypatch.setattr(work, "BATCH", 10)

    class Stopped(Exception):
        pass

    def stop(told: str) -> None:
        if told.startswith("filing"):
            raise Stopped

    work.ask(db)
    with pytest.raises(Stopped):
        work.work(db, on_step=stop)
    with background.alone(settings().home):
        app = opened()
        assert "It was interrupted" not in words(app) and "retrain-resume" not in keys(app)
    app = opened()
    assert "It was interrupted" in words(app) and {"retrain-resume", "retrain-cancel"} <= keys(app)
    assert "retrain" not in keys(app)
    press(app, "retrain-cancel")
    wait_until_done(db)
    assert "The tagger is as shipped." in words(opened())


def test_the_button_retrains_and_another_takes_it_back(db: Database) -> None:
    correct_many(db, MINE, "stage", ["build"])
    app = press(opened(), "retrain")
    assert {"retrain-cancel", "undo-last"} <= keys(app) and "It was interrupted" not in words(app)
    wait_until_done(db)
    app = checked(app.run())
    assert standing(db).name == "personal" and "12 of your corrections" in words(app)
    app = press(app, "retrain-undo")
    wait_until_done(db)
    assert standing(db).name == "shipped" and "The tagger is as shipped." in words(checked(app.run()))


def test_a_retraining_for_another_shipped_tagger_says_so(db: Database) -> None:
    correct_many(db, MINE, "stage", ["build"])
    work.ask(db)
    work.work(db)
    db.conn.execute("UPDATE teachings SET base = 'another'")
    app = opened()
    assert "set aside: retrain it again" in words(app)
    assert not app.button(key="retrain").disabled and "12 papers became right" not in words(app)


def pager(app: AppTest) -> tuple[int, int]:
    """The page that is open, and how many there are."""
    (found,) = app.get("pagination")
    return app.session_state[f"corrections-page-{found.proto.num_pages}"], found.proto.num_pages


def shown_corrections(app: AppTest) -> list[str]:
    return [key.removeprefix("uncorrect-") for key in (item.key or "" for item in app.button) if "uncorrect-" in key]


def test_the_pager_says_the_page_that_is_shown_when_the_last_one_is_empty(db: Database) -> None:
    correct_many(db, MINE[:11], "stage", ["build"])
    app = opened()
    states = app._tree.get_widget_states()
    state = states.widgets.add()
    state.id, state.int_value = app.get("pagination")[0].proto.id, 3
    app._run(states)
    assert pager(checked(app)) == (3, 3)
    (last,) = shown_corrections(app)
    app = press(app, f"uncorrect-{last}")
    assert pager(app) == (2, 2) and len(shown_corrections(app)) == 5
    first = shown_corrections(opened())
    assert not set(first) & set(shown_corrections(app))


def test_a_retraining_that_failed_says_why(db: Database) -> None:
    correct_many(db, MINE, "stage", ["build"])
    retrainings.fail(db, retrainings.ask(db).id, "the *moon* was full")
    assert "The last retraining failed: the \\*moon\\* was full" in words(opened())


@pytest.mark.parametrize(("choice", "view"), [("abstract", figures().abstract), ("title", figures().title)])
def test_the_figures_of_the_shipped_tagger_are_those_that_were_published(
    db: Database, choice: str, view: object
) -> None:
    app = opened()
    app.segmented_control(key="lens-view").set_value(choice)
    app = checked(app.run())
    shown = {item.label: item.value for item in app.metric}
    assert shown["Macro-F1"] == f"{view.tagger.macro_f1:.3f}"
    assert shown["False tags"] == f"{view.false_tags:.1%}"
    table = app.dataframe[-1].value
    assert table["F1"].tolist() == [view.tagger.stages[stage].f1 for stage in ("build", "adapt", "align", "ask")]
