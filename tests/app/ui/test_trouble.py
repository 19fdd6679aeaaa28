"""Does a visitor who reads Korean read Korean where something went wrong?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from app import comparing, pictures, sharing
from app.digests import files
from app.retraining import work
from app.settings import settings
from app.ui import trouble
from core.gpt.loading import checkpoints
from core.gpt.loading.weight_files import BadCheckpoint
from core.papers.paper import Paper
from core.params import BadParam, make_params
from core.registry import discover
from db import reading, retrainings, runs
from db.connect import open_catalog
from db.papers import upsert
from db.rows import UnknownPaper
from tests.run_rows import run_row

NOW = datetime(2026, 8, 3, tzinfo=UTC)
KOREAN = range(ord("가"), ord("힣") + 1)


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database], monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("TRENDLAB_LANGUAGE", "ko")
    settings.cache_clear()
    return open_new(settings().catalog)


def told(do: Callable[[], object], kind: type[Exception] = Exception) -> str:
    """The line of what this raises, which is in Korean."""
    with pytest.raises(kind) as caught:
        do()
    line = trouble.told(caught.value)
    assert any(ord(letter) in KOREAN for letter in line), line
    return line


def no_catalog(path: Path) -> None:
    path.write_text("this is a shopping list, not a database", encoding="utf-8")


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")


def of_a_newer_version(path: Path) -> None:
    db = open_catalog(path)
    with db.conn:
        db.conn.execute("UPDATE _sqlite_migrations SET name = 'm999_later' WHERE id = 1")
    db.close()


@pytest.mark.parametrize("made", [no_catalog, of_another_program, of_a_newer_version, Path.mkdir])
def test_a_catalog_that_cannot_be_opened(db: Database, tmp_path: Path, made: Callable[[Path], object]) -> None:
    path = tmp_path / "other.db"
    made(path)
    assert told(lambda: open_catalog(path)).startswith(f"{path}: ")


def test_a_catalog_that_another_process_holds(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.connect.BUSY_TIMEOUT", 0.05)
    other = open_catalog(settings().catalog)
    db.conn.execute("BEGIN IMMEDIATE")
    told(lambda: other.conn.execute("BEGIN IMMEDIATE"), sqlite3.OperationalError)
    db.rollback()
    told(lambda: db.conn.execute("SELECT * FROM nothing"), sqlite3.OperationalError)


def test_what_is_not_there(db: Database) -> None:
    assert "9999.99999" in told(lambda: reading.set_state(db, "9999.99999", "read"), UnknownPaper)
    assert "r9" in told(lambda: runs.get(db, "r9"), runs.UnknownRun)
    for chart in ("run:r9#loss", "nothing"):
        told(lambda name=chart: pictures.by_name(db, name, runs_folder=settings().runs, language="ko"))  # type: ignore[misc]
    told(lambda: sharing.read(b"not a run"), sharing.NoSharedRun)


def test_runs_of_two_experiments(db: Database) -> None:
    for name, experiment in (("a1", "attention-maps"), ("b2", "lora")):
        runs.insert(db, run_row(name, experiment))
    line = told(lambda: comparing.compare(db, "a1", "b2"), comparing.Incomparable)
    assert all(part in line for part in ("a1", "b2", "attention-maps", "lora"))


def test_a_retraining_that_is_not_to_be_had(db: Database) -> None:
    upsert(db, [Paper(id="2401.00001", title="T")], source="arxiv", day=NOW.date(), seen_at=NOW)
    told(lambda: work.ask(db), work.NothingToLearn)
    retrainings.ask(db)
    told(lambda: retrainings.ask(db), retrainings.Busy)


def test_a_folder_that_cannot_be_written(db: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    def write() -> None:
        with files.writing(tmp_path, tmp_path / "file" / "folder"):
            raise AssertionError("a folder was made within a file")

    assert f"{tmp_path / 'file'}" in told(write, files.CannotWrite)


@pytest.mark.parametrize("values", [{"nothing": 1}, {"widths": "8,x"}, {"smallest": "nan"}, {"smallest": "-1"}])
def test_a_parameter_that_is_refused(db: Database, values: dict[str, object]) -> None:
    experiment = discover("core.experiments", "EXPERIMENT")["scaling-laws"]
    told(lambda: make_params(experiment.params, values), BadParam)


@pytest.mark.parametrize("experiment", ["scaling-laws", "chain-of-thought", "in-context-learning"])
def test_rates_that_do_not_ascend(db: Database, experiment: str) -> None:
    found = discover("core.experiments", "EXPERIMENT")[experiment]
    params = make_params(found.params, {"rates": "0.01,0.001"})
    assert "rates" in told(lambda: found.units(params, [0]), BadParam)


def test_a_model_that_is_not_to_be_had(db: Database, tmp_path: Path) -> None:
    for name in ("nobody/nothing", "no such model!", tmp_path):
        told(lambda name=name: checkpoints.load(name), BadCheckpoint)  # type: ignore[misc]
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    assert "config.json" in told(lambda: checkpoints.load(tmp_path), BadCheckpoint)


def test_a_line_that_has_no_translation_stays_as_it_is(db: Database) -> None:
    assert trouble.told(ValueError("something else: happened")) == "something else: happened"
