"""What does a catalog say of papers? Every row of every table, but for when it was seen."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.connect import open_catalog
from db.trends import settle

Contents = dict[str, list[tuple[Any, ...]]]

_TABLES = ("papers", "versions", "sightings", "links", "tags", "taggings", "reading", "notes", "trend_counts")
# Not compared, for it says when the catalog saw or heard it; `known` and `was` have a part of their own.
_SEEN = {
    "papers": ("known", "seen", "changed"),
    "versions": ("was", "seen"),
    "reading": ("changed",),
    "notes": ("created", "changed"),
}
_MARKS = {
    "known": "SELECT id, known FROM papers",
    "was": "SELECT paper, version, was FROM versions WHERE was IS NOT NULL",
}
_BEGAN = datetime.now(UTC).date()
_TODAY = re.compile("|".join(str(_BEGAN + timedelta(days=number)) for number in (0, 1)))


def contents_of(path: Path) -> Contents:
    """The catalog's rows. The day of a sighting is "today" where it is, for a run may go past midnight.

    Its full-text index is checked against its papers, and the papers whose days are marked are counted first.
    """
    db = open_catalog(path)
    try:
        db.conn.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)")
        assert not settle(db)
        contents = {name: _rows(db, _select(db, name)) for name in _TABLES}
        marks = {name: _rows(db, sql) for name, sql in _MARKS.items()}
    finally:
        db.close()
    displaced = [(*row[:-1], _values(row[-1])) for row in marks["was"]]
    return contents | marks | {"displaced": displaced}


def facts_of(contents: Contents) -> Contents:
    """What is said of the papers, without who said it when."""
    return {name: rows for name, rows in contents.items() if name not in ("sightings", "known", "was")}


def lost_from(before: Contents, after: Contents) -> Contents:
    """The rows of `before` that are not in `after` as they were."""
    return {
        name: [row for row in rows if row not in after[name]]
        for name, rows in before.items()
        if not set(rows) <= set(after[name])
    }


def ids_of(contents: Contents) -> set[str]:
    """The papers."""
    return {row[1] for row in contents["papers"]}


def ledger_of(path: Path) -> list[dict[str, Any]]:
    """The ledger's rows, oldest first."""
    db = open_catalog(path)
    try:
        rows = [dict(row) for row in db.query("SELECT * FROM ledger ORDER BY id")]
    finally:
        db.close()
    return [row | {"resume": row["resume"] and json.loads(row["resume"])} for row in rows]


def _select(db: Database, name: str) -> str:
    columns = [f'"{column.name}"' for column in db[name].columns if column.name not in _SEEN.get(name, ())]
    return f"SELECT {', '.join(columns)} FROM {name}"


def _rows(db: Database, sql: str) -> list[tuple[Any, ...]]:
    found = [
        tuple(_TODAY.sub("today", it) if isinstance(it, str) else it for it in row) for row in db.conn.execute(sql)
    ]
    return sorted(found, key=repr)


def _values(was: str) -> str:
    """What a displaced version said, without its marks (version, rank, day)."""
    return json.dumps({name: said[3:] for name, said in json.loads(was).items()})
