"""Does the catalog open without the app: in plain SQLite, without any extension, and in Datasette?"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlite_utils import Database

from core.papers.paper import Link, Paper
from core.papers.tags import Tag, Tagging
from db import ledger
from db.backup import write_backup
from db.notes import add as add_note
from db.papers import upsert
from db.reading import set_state
from db.tags import set_tags
from db.trends import settle

NOW = datetime(2026, 8, 3, tzinfo=UTC)


@pytest.fixture
def catalog(db: Database, tmp_path: Path) -> Path:
    """A catalog in use: some papers, and the log of writes beside the file."""
    papers = [
        Paper(id="2608.00001", title="Rivers of tokens", submitted=NOW, version=1, summary={"en": "W", "ko": "강물"}),
        Paper(id="2608.00002", title="Bridges", submitted=NOW, links=(Link("code", "https://example.org/bridges"),)),
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    set_tags(db, {"2608.00001": Tagging(tags=(Tag(kind="stage", value="ask", confidence=0.9),), confidence={})})
    set_state(db, "2608.00001", "saved")
    add_note(db, title="Monday", body="text")
    ledger.open_row(db, source="arxiv", owner="1-a", window="today")
    settle(db)
    return tmp_path / "catalog.db"


def read_all(path: Path, how: str) -> dict[str, int]:
    """Rows read from every table and view, the tables of the full-text index included."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode={how}", uri=True)) as plain:
        names = [name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
        return {name: len(plain.execute(f'SELECT * FROM "{name}" LIMIT 1').fetchall()) for name in names}


@pytest.mark.parametrize("how", ["ro", "rw"])
def test_plain_sqlite_reads_every_table_and_view(catalog: Path, how: str) -> None:
    found = read_all(catalog, how)
    assert {"papers_fts", "papers_text", "papers_fts_data", "versions", "trend_counts", "vectors"} <= found.keys()
    filled = {"papers", "papers_fts", "papers_text", "versions", "tags", "links", "reading", "notes", "trend_counts"}
    assert {name for name, n in found.items() if n == 1} >= filled


def test_plain_sqlite_reads_a_backup_where_nothing_can_be_written(catalog: Path, tmp_path: Path) -> None:
    kept = write_backup(catalog, tmp_path / "kept.db").path
    before = sorted(tmp_path.iterdir())
    assert read_all(kept, "ro")["papers_fts"] == 1
    assert sorted(tmp_path.iterdir()) == before


def test_plain_sqlite_searches_and_writes(catalog: Path) -> None:
    with closing(sqlite3.connect(catalog)) as plain:
        sql = "SELECT papers.id FROM papers_fts JOIN papers ON papers.key = papers_fts.rowid WHERE papers_fts MATCH ?"
        assert plain.execute(sql, ("river AND stagexask0",)).fetchall() == [("2608.00001",)]
        assert plain.execute(sql, ("강물",)).fetchall() == [("2608.00001",)]
        plain.execute("UPDATE papers SET title = 'Meadows' WHERE id = '2608.00002'")
        plain.commit()
        assert plain.execute(sql, ("meadow",)).fetchall() == [("2608.00002",)]
        assert plain.execute(sql, ("bridges",)).fetchall() == []


def datasette(path: Path, address: str) -> Any:
    command = [sys.executable, "-m", "datasette", str(path), "--get", address]
    environment = os.environ | {"HOME": str(path.parent), "DATASETTE_LOAD_PLUGINS": ""}
    done = subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_datasette_shows_papers(catalog: Path) -> None:
    found = datasette(catalog, "/catalog/papers.json?_size=1&_shape=objects")
    assert found["filtered_table_rows_count"] == 2
    assert found["rows"][0]["id"] == "2608.00001"


def test_datasette_searches_the_full_text_index(catalog: Path) -> None:
    sql = "SELECT title FROM papers WHERE key IN (SELECT rowid FROM papers_fts WHERE papers_fts MATCH :words)"
    question = urlencode({"sql": sql, "words": "rivers isxsaved0", "_shape": "array"})
    assert datasette(catalog, f"/catalog.json?{question}") == [{"title": "Rivers of tokens"}]


def test_datasette_lists_every_table(catalog: Path) -> None:
    found = datasette(catalog, "/catalog.json")
    counted = {table["name"]: table["count"] for table in found["tables"]}
    assert counted["papers"] == counted["papers_fts"] == 2
    assert [view["name"] for view in found["views"]] == ["papers_text"]
