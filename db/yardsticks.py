"""What do plain SQLite and FTS5 do with the same papers and questions? What the benchmarks hold beside the catalog."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

_TOKENIZER = "tokenize='porter unicode61 remove_diacritics 2'"  # the catalog's own


class BareIndex:
    """One FTS5 table and nothing else."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(f"CREATE VIRTUAL TABLE texts USING fts5(title, abstract, authors, {_TOKENIZER})")

    def add(self, texts: Sequence[tuple[str, str | None, str]]) -> None:
        """Take in title, abstract and authors of some papers, in one transaction."""
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", texts)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


def newest_ids(db: Database, limit: int) -> list[str]:
    """The ids of the newest papers."""
    return [paper_id for (paper_id,) in db.conn.execute("SELECT id FROM papers ORDER BY key DESC LIMIT ?", (limit,))]


def ids_apart(db: Database, *, step: int, most: int) -> list[str]:
    """Every `step`th id in alphabetical order: papers of all years."""
    ids = [paper_id for (paper_id,) in db.conn.execute("SELECT id FROM papers ORDER BY id")]
    return ids[::step][:most]


def newest_rows(db: Database, limit: int) -> list[Any]:
    """The newest rows of `papers` as they lie there."""
    return list(db.conn.execute("SELECT * FROM papers ORDER BY key DESC LIMIT ?", (limit,)))


def group_tags(db: Database) -> list[Any]:
    """All tags counted by value and month, from the tags themselves."""
    sql = "SELECT value, paper / 100000000, count(*) FROM tags WHERE effective = 1 GROUP BY 1, 2"
    return list(db.conn.execute(sql))


def index_segments(db: Database) -> int:
    """In how many parts the full-text index lies."""
    (segments,) = db.conn.execute("SELECT count(DISTINCT segid) FROM papers_fts_idx").fetchone()
    return int(segments)


def stems_of(words: Iterable[str]) -> dict[str, str]:
    """Each word's stem, by the index's own tokenizer."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE t USING fts5(word, {_TOKENIZER})")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    known = sorted(words)
    connection.executemany("INSERT INTO t (rowid, word) VALUES (?, ?)", enumerate(known))
    stems = {known[row]: term for term, row in connection.execute("SELECT term, doc FROM v")}
    connection.close()
    return stems
