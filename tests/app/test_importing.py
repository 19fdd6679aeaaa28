"""Do files come in whole, once, and each with a row that says what became of it?"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app import importing
from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db import ledger
from db.papers import count, get
from db.records import Filters


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def ask_tagger(papers: Sequence[Paper]) -> list[Tagging]:
    """Files under "ask" what has a question mark in its title."""
    asked = (Tag(kind="stage", value="ask", confidence=0.9),)
    return [Tagging(tags=asked if "?" in paper.title else (), confidence={"ask": 0.9}) for paper in papers]


def write_jsonl(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"2608.{number:05d}", "title": f"Paper {number}?", "abstract": "Of language models."} | fields


def outcomes(rows: list[ledger.LedgerRow]) -> dict[str, Any]:
    return {Path(row.file or "").name: row.outcome for row in rows}


def test_files_are_imported_once(db: Database, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "papers.jsonl", record(1), record(2))
    (row,) = importing.import_files(db, [path], "auto", ask_tagger)
    assert (row.as_dict()["file"], row.source, row.outcome, row.new) == (str(path), "jsonl", "complete", 2)
    assert count(db, Filters(stage="ask", source="jsonl")) == 2
    (row,) = importing.import_files(db, [path], "jsonl", ask_tagger)
    assert (row.outcome, row.new, row.duplicate) == ("complete", 0, 2)


def test_bad_files_do_not_stop_the_others(db: Database, tmp_path: Path) -> None:
    good = write_jsonl(tmp_path / "good.jsonl", record(1))
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    bad = write_jsonl(tmp_path / "bad.jsonl", record(1, id="nonsense"), record(2, title=None))
    rows = importing.import_files(db, [tmp_path / "missing.jsonl", picture, empty, bad, good], "auto", ask_tagger)
    assert outcomes(rows) == {
        "missing.jsonl": "broken",
        "picture.png": "broken",
        "empty.jsonl": "refused",
        "bad.jsonl": "refused",
        "good.jsonl": "complete",
    }
    assert all(row.error and "\n" not in row.error for row in rows[:-1])
    assert "No such file" in str(rows[0].error)


def test_a_folder_gives_its_files_and_passes_over_strangers(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    (folder / "deep").mkdir(parents=True)
    write_jsonl(folder / "deep" / "a.jsonl", record(1))
    (folder / "README.md").write_text("What these files are.")
    (folder / ".hidden").write_text("x")
    rows = importing.import_files(db, [folder], "auto", ask_tagger)
    assert outcomes(rows) == {"README.md": "refused", "a.jsonl": "complete"}


def test_an_empty_folder_is_named(db: Database, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (row,) = importing.import_files(db, [tmp_path / "nothing"], "auto", ask_tagger)
    assert (row.outcome, row.error) == ("refused", "a folder without files")


def test_an_unknown_format_is_an_error_before_anything_is_read(db: Database, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'docx'"):
        importing.import_files(db, [tmp_path], "docx", ask_tagger)
    assert ledger.newest(db) == []


def test_a_file_cut_off_in_the_middle_keeps_what_came_before(db: Database, tmp_path: Path) -> None:
    lines = "".join(json.dumps(record(number)) + "\n" for number in range(1, 601))
    path = tmp_path / "cut.jsonl"
    path.write_text(lines + '{"id": "2608.01', encoding="utf-8")
    (row,) = importing.import_files(db, [path], "auto", ask_tagger)
    assert row.new >= 500
    assert row.refused or row.outcome == "broken"


# --- the starter catalog ----------------------------------------------------------------------------------------------


def starter_line(number: int, **fields: Any) -> dict[str, Any]:
    said = {"authors": ["Ada"], "submitted": "2026-08-01", "categories": ["cs.CL"], "stages": ["build"], "topics": []}
    sentences = {"en": ["One.", "Two.", "Three."], "ko": ["하나.", "둘.", "셋."]}
    return record(number) | said | {"applications": []} | sentences | fields


def test_the_starter_catalog_is_loaded_once_and_again_when_it_has_changed(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    folder.mkdir()
    write_jsonl(folder / "build.jsonl", starter_line(1))
    row = importing.load_starter(db, folder=folder)
    assert row is not None and (row.source, row.outcome, row.new) == ("starter", "complete", 1)
    assert importing.load_starter(db, folder=folder) is None
    write_jsonl(folder / "build.jsonl", starter_line(1), starter_line(2))
    row = importing.load_starter(db, folder=folder)
    assert row is not None and (row.new, row.duplicate) == (1, 1)
    stored = get(db, "2608.00001")
    assert stored is not None and stored.paper.summary == {"en": "One. Two. Three.", "ko": "하나. 둘. 셋."}
    assert stored.values("stage") == ("build",)


def test_a_missing_starter_catalog_is_broken_and_asked_for_again(db: Database, tmp_path: Path) -> None:
    for _ in range(2):
        row = importing.load_starter(db, folder=tmp_path)
        assert row is not None and row.outcome == "broken"
