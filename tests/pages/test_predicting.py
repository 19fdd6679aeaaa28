"""What is expected is asked for first, on every page that shows what came out, in every visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlite_utils import Database

from app.settings import settings
from core.papers.paper import Paper
from db import predictions, runs
from db.papers import upsert
from db.settings import write_setting
from tests.app.ended_runs import CLAIM, EXPERIMENT, ended, induction
from tests.pages.opening import opened, shown, words

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLAIMED = "2209.11895"  # tested by attention-maps
OUTCOME = "supported"


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(settings().catalog)
    write_setting(catalog, "predict-first", "yes")
    paper = Paper(id=CLAIMED, title="Heads", abstract="On heads.", authors=("A B",), version=1, submitted=NOW)
    upsert(catalog, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    yield catalog
    catalog.close()


@contextmanager
def threads_taken() -> Iterator[None]:
    """The next run of a page gets a thread with another identity than the last one, as it does on a busy server."""
    over = Event()
    others = [Thread(target=over.wait) for _ in range(4)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        over.set()
        for other in others:
            other.join()


def test_a_fresh_visit_of_a_paper_finds_what_came_out_covered_until_it_was_predicted(db: Database) -> None:
    first = ended(db, settings(), induction())
    covered = shown(opened("paper", id=CLAIMED))
    assert covered.button(key=f"try-{EXPERIMENT}").disabled
    predictions.keep(db, first.id, {CLAIM: OUTCOME}, at=NOW)
    seen = shown(opened("paper", id=CLAIMED))
    assert not seen.button(key=f"try-{EXPERIMENT}").disabled


def test_a_run_begins_when_each_claim_has_a_prediction_which_is_kept(db: Database) -> None:
    app = shown(opened("build", experiment=EXPERIMENT))
    assert app.button(key=f"run-{EXPERIMENT}").disabled
    asked = [item for item in app.button_group if str(item.key).startswith(f"predict-{EXPERIMENT}-")]
    assert asked, "each claim is asked about"
    for item in asked:
        item.set_value(OUTCOME)
    app = shown(app.run())
    assert not app.button(key=f"run-{EXPERIMENT}").disabled
    app = shown(app.button(key=f"run-{EXPERIMENT}").click().run())
    (run,) = runs.find(db, experiment=EXPERIMENT)
    assert set(predictions.of_run(db, run.id).values()) == {OUTCOME}
    assert len(predictions.of_run(db, run.id)) == len(asked)


def test_the_switch_is_remembered_and_tells_how_often_one_was_right(db: Database) -> None:
    run = ended(db, settings(), induction())
    predictions.keep(db, run.id, {CLAIM: OUTCOME}, at=NOW)
    app = shown(opened("build"))
    assert app.toggle(key="predict-first").value
    assert "1 of 1 predictions came true" in words(app)
    with threads_taken():
        app = shown(app.toggle(key="predict-first").set_value(False).run())
    assert not shown(opened("build")).toggle(key="predict-first").value
