"""How are the papers of every day counted, and kept counted: by stage, topic and application, and where stages join?

`trend_counts` holds the papers of every day. Who writes papers or tags marks their days, and who reads counts the
marked days again first; where a sync holds the catalog just then, the reader counts those days for itself. The words
of titles are kept by the same marks (db/title_words.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Literal, get_args

from sqlite_utils import Database

from core.papers.tags import TagKind
from core.papers.taxonomy import stages
from db import title_words
from db.connect import transaction
from db.keys import DAY

ALL = ""  # kind and value of the counts of all papers
JOIN = "join"  # kind of the papers that are about two stages; the value names them in the order of the pipeline
_PATIENCE = 250  # milliseconds that a reader waits for a writer


def mark(db: Database, keys: Iterable[int]) -> None:
    """The days of these papers are to be counted again: their tags changed, they came, went or moved."""
    days = {key // DAY for key in keys}
    db.conn.executemany("INSERT OR IGNORE INTO trend_days (day) VALUES (?)", [(day,) for day in days])


def settle(db: Database) -> frozenset[int]:
    """Count the marked days again.

    :returns: the days that could not be counted, since another process has been writing all the while; mostly none.
    """
    if not (marked := _marked(db)):
        return marked
    try:
        with _impatient(db), transaction(db):
            _count_marked(db)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY):
            raise
        return marked
    return frozenset()


def recount(db: Database, *, titles: bool = True) -> int:
    """Count every day again, marked or not; returns how many counts were wrong.

    :param titles: the words of all titles too, which takes 20 s for a million papers.
    """
    with transaction(db):
        _count_marked(db)
        before = set(db.conn.execute("SELECT kind, value, day, n FROM trend_counts"))
        tables = ("trend_counts", "title_days") if titles else ("trend_counts",)
        for days in ("key / 1000000 FROM papers INDEXED BY papers_id", *(f"day FROM {table}" for table in tables)):
            db.conn.execute(f"INSERT OR IGNORE INTO trend_days (day) SELECT DISTINCT {days}")
        wrong = title_words.count_marked(db, again=True) if titles else 0
        _count_tags(db)
        after = set(db.conn.execute("SELECT kind, value, day, n FROM trend_counts"))
    return wrong + len({row[:3] for row in before ^ after})


# --- counting ---------------------------------------------------------------------------------------------------------


def _marked(db: Database) -> frozenset[int]:
    return frozenset(day for (day,) in db.conn.execute("SELECT day FROM trend_days"))


@contextmanager
def _impatient(db: Database) -> Iterator[None]:
    """Wait only a moment for the write lock."""
    (usual,) = db.conn.execute("PRAGMA busy_timeout").fetchone()
    db.conn.execute(f"PRAGMA busy_timeout = {min(usual, _PATIENCE)}")
    try:
        yield
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {usual}")


def _count_marked(db: Database) -> None:
    """Bring all that follows the marks up to date, in the caller's transaction."""
    title_words.count_marked(db)
    _count_tags(db)


def _count_tags(db: Database) -> None:
    """Bring `trend_counts` up to date, and take the marks away."""
    for kind in (*get_args(TagKind), JOIN, ALL):
        db.conn.executemany(
            "DELETE FROM trend_counts WHERE kind = ? AND value = ? AND day IN (SELECT day FROM trend_days)",
            [(kind, value) for value in values(db, "trend_counts", kind)],
        )
        db.conn.executemany("INSERT INTO trend_counts (kind, value, day, n) VALUES (?, ?, ?, ?)", counted(db, kind))
    db.conn.execute("DELETE FROM trend_days")


def counted(db: Database, kind: str) -> Iterator[tuple[str, str, int, int]]:
    """Kind, value, day and number of papers, of the marked days that have some."""
    if kind == ALL:
        for day, n in db.conn.execute(_PAPERS_OF_DAYS):
            yield ALL, ALL, day, n
    elif kind == JOIN:
        there = values(db, "tags", "stage")
        for one, other in combinations([stage for stage in stages() if stage in there], 2):
            for day, n in db.conn.execute(_JOINED_OF_DAYS, (one, other)):
                yield JOIN, f"{one}+{other}", day, n
    else:
        for value in values(db, "tags", kind):
            for day, n in db.conn.execute(_FILED_OF_DAYS, (kind, value)):
                yield kind, value, day, n


_OF_DAY = f"BETWEEN day * {DAY} AND day * {DAY} + {DAY - 1}"
# Both indexes have the papers in the order of their days: a look-up for each day, and nothing to sort.
_PAPERS_OF_DAYS = (
    f"SELECT day, count(*) FROM trend_days CROSS JOIN papers INDEXED BY papers_heads ON key {_OF_DAY} GROUP BY day"
)
_FILED = "FROM trend_days CROSS JOIN tags INDEXED BY tags_effective ON tags.effective = 1 AND tags.kind ="
_FILED_OF_DAYS = f"SELECT day, count(*) {_FILED} ? AND tags.value = ? AND tags.paper {_OF_DAY} GROUP BY day"
_JOINED_OF_DAYS = (
    f"SELECT day, count(*) {_FILED} 'stage' AND tags.value = ? AND tags.paper {_OF_DAY} "
    "WHERE EXISTS (SELECT 1 FROM tags AS other INDEXED BY tags_effective WHERE other.effective = 1 "
    "AND other.kind = 'stage' AND other.value = ? AND other.paper = tags.paper) GROUP BY day"
)


def values(db: Database, table: Literal["tags", "trend_counts"], kind: str) -> list[str]:
    """The values of a kind that count, in alphabetical order."""
    # One look-up in the index for each value, where DISTINCT would walk over every row.
    where = "kind = :kind" if table == "trend_counts" else "effective = 1 AND kind = :kind"
    sql = f"""
WITH RECURSIVE found (value) AS (
    SELECT (SELECT min(value) FROM {table} WHERE {where})
    UNION ALL
    SELECT (SELECT min(value) FROM {table} WHERE {where} AND value > found.value)
    FROM found WHERE found.value IS NOT NULL)
SELECT value FROM found WHERE value IS NOT NULL"""
    return [value for (value,) in db.conn.execute(sql, {"kind": kind})]
