"""Does a retraining in the background outlive whoever asked for it, and does the next one finish what was killed?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.retraining import background, work
from app.settings import Settings
from app.tagger import CatalogTagger
from db import retrainings
from db.papers import upsert
from db.retrainings import Busy
from db.tags import correct_many, effective
from tests.core.papers.lens.lens_papers import papers_about

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 8, 3, tzinfo=UTC)
UNSEEN = papers_about("ask", 1500, first=1000)
LIKE_MINE = [paper.id for paper in UNSEEN]


@pytest.fixture
def filled(catalog: Database) -> Database:
    """Some thousand papers, of which some hundred on retrieval are filed under building by a person."""
    papers = [paper for stage in ("build", "align", "adapt") for paper in papers_about(stage, 500)]
    mine = papers_about("ask", 300)
    papers += [*mine, *UNSEEN]
    upsert(catalog, papers, source="arxiv", day=NOW.date(), seen_at=NOW, tagger=CatalogTagger(catalog))
    correct_many(catalog, [paper.id for paper in mine], "stage", ["build"])
    return catalog


def wait(until: Callable[[], object], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def changed(db: Database) -> int:
    row = retrainings.last(db)
    return 0 if row is None else row.changed


def stages_of(db: Database) -> set[tuple[str, ...]]:
    """What the papers on retrieval that nobody corrected are filed under."""
    return {tuple(tag.value for tag in tags if tag.kind == "stage") for tags in effective(db, LIKE_MINE).values()}


def test_one_that_was_killed_half_way_is_finished_by_the_next(filled: Database, places: Settings) -> None:
    home = places.home
    work.ask(filled)
    process = background.start(home)
    wait(lambda: changed(filled) > 0 or process.poll() is not None)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    half = retrainings.open_one(filled)
    assert half is not None and half.state == "filing" and 0 < half.done < half.total
    assert not background.is_under_way(home)
    assert stages_of(filled) == {("ask",), ("build",)}, "some of them are filed anew"

    background.resume(home, places.catalog)
    wait(lambda: retrainings.open_one(filled) is None)
    row = retrainings.last(filled)
    assert row is not None and (row.id, row.state, row.done, row.total) == (half.id, "finished", half.total, half.total)
    assert stages_of(filled) == {("build",)}
    assert "filing the catalog" in background.log_path(home).read_text(encoding="utf-8")


def test_who_has_nothing_to_finish_starts_nothing(catalog: Database, places: Settings) -> None:
    background.resume(places.home, places.catalog)
    assert not background.log_path(places.home).exists()


def test_what_was_left_is_finished_when_the_app_is_served_again(
    filled: Database, places: Settings, environment: dict[str, str]
) -> None:
    work.ask(filled)
    with subprocess.Popen([sys.executable, "-m", "app.queue"], cwd=ROOT, env=environment) as queue:
        wait(lambda: retrainings.open_one(filled) is None)
        queue.terminate()
    row = retrainings.last(filled)
    assert row is not None and row.state == "finished" and row.done == row.total


def test_only_one_works_at_a_time(catalog: Database, places: Settings) -> None:
    with background.alone(places.home):
        assert background.is_under_way(places.home)
        with pytest.raises(Busy, match="under way"), background.alone(places.home):
            pass
    assert not background.is_under_way(places.home)


def test_a_catalog_that_cannot_be_opened_is_said_in_the_log(places: Settings) -> None:
    places.home.mkdir(parents=True)
    places.catalog.write_text("a shopping list", encoding="utf-8")
    assert background.start(places.home).wait(timeout=60) == 1
    assert "not a SQLite database" in background.log_path(places.home).read_text(encoding="utf-8")
