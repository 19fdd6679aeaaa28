"""Which papers may be like this one, and what is each like? The candidates of a paper, and the vectors of papers.

Not every vector is looked at. For each telling word of the paper the full-text index names the newest papers that have
it, and those whose words weigh most together are the candidates: a rare word reaches back to the first paper, a common
one only as far as `REACH`. Vectors are made by the caller when they are first needed, and kept here under the name of
the model that made them. `forget` is to be called where a title or abstract changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sqlite_utils import Database

from db.connect import BUSY_TIMEOUT, transaction
from db.rows import marks

REACH = 20_000  # papers that one word can name
_CHUNK = 5_000  # keys in one query
_SHORT = 0.05  # seconds that a reader waits to write
_INSERT = """
INSERT OR REPLACE INTO vectors (paper, model, vector) SELECT key, ?, ? FROM papers WHERE key = ? AND changed = ?"""


class Words(NamedTuple):
    """What a vector is made of.

    :param changed: when the catalog last saw this paper change; `store` keeps no vector of an older text.
    """

    key: int
    title: str
    abstract: str | None
    changed: str


def candidates(db: Database, key: int, words: Mapping[str, float], filed: Sequence[str], *, most: int) -> list[int]:
    """The keys of papers that may be like the one with this key, most likely first, without the paper itself.

    :param words: single words, letters and digits only, and what it is worth to share each.
    :param filed: words of the column `filed` (db/filing.py) of its topics; to share one is worth the lightest word.
    """
    asked = {_quoted(word): weight for word, weight in words.items() if word.isalnum()}
    if filed and asked:
        asked[f"filed : ({' OR '.join(map(_quoted, filed))})"] = min(asked.values())
    named = [newest(db, match) for match in asked]
    if not named:
        return []
    keys, places = np.unique(np.concatenate(named), return_inverse=True)
    worth = np.bincount(places, np.repeat(list(asked.values()), [len(some) for some in named]), minlength=len(keys))
    worth[keys == key] = -1.0
    best = np.lexsort((-keys, -worth))[:most]
    return [int(keys[place]) for place in best if worth[place] > 0]


def newest(db: Database, match: str) -> np.ndarray:
    """The keys of the newest papers that an FTS5 expression matches, newest first, at most `REACH`."""
    # One text for all keys: a row for each would take twice as long.
    sql = (
        "SELECT group_concat(rowid) FROM "
        "(SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? ORDER BY rowid DESC LIMIT ?)"
    )
    (keys,) = db.conn.execute(sql, (match, REACH)).fetchone()
    return np.array(keys.split(",") if keys else [], dtype=np.int64)


def texts(db: Database, keys: Sequence[int]) -> list[Words]:
    """What the vectors of these papers are made of, in the order of the keys; unknown keys are left out."""
    found: dict[int, Words] = {}
    for some in _chunks(keys):
        sql = f"SELECT key, title, abstract, changed FROM papers WHERE key IN ({marks(some)})"
        found |= {row[0]: Words(*row) for row in db.conn.execute(sql, some)}
    return [found[key] for key in keys if key in found]


def load(db: Database, model: str, keys: Sequence[int]) -> dict[int, bytes]:
    """The vectors that this model has made of these papers."""
    found: dict[int, bytes] = {}
    for some in _chunks(keys):
        sql = f"SELECT paper, vector FROM vectors WHERE model = ? AND paper IN ({marks(some)})"
        found |= dict(db.conn.execute(sql, (model, *some)))
    return found


def store(db: Database, model: str, vectors: Iterable[tuple[Words, bytes]]) -> bool:
    """Keep vectors for the next time, where the catalog can be written at once.

    A paper that has changed or gone since its words were read keeps none.

    :returns: whether they were kept; another writer is not waited for.
    """
    db.conn.execute(f"PRAGMA busy_timeout = {int(_SHORT * 1000)}")
    try:
        with transaction(db):
            db.conn.executemany(_INSERT, [(model, vector, words.key, words.changed) for words, vector in vectors])
    except sqlite3.OperationalError:  # locked, or read-only: the vectors can be made again
        return False
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")
    return True


def forget(db: Database, keys: Sequence[int]) -> None:
    """Drop all vectors of papers whose title or abstract has changed, as part of the caller's transaction."""
    for some in _chunks(keys):
        db.conn.execute(f"DELETE FROM vectors WHERE paper IN ({marks(some)})", some)


def _quoted(word: str) -> str:
    return f'"{word}"'


def _chunks(keys: Sequence[int]) -> Iterable[list[int]]:
    # In order, so that the table is walked and not jumped about in.
    ordered = sorted(keys)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
