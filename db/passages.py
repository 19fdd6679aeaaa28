"""Which papers may hold the answer to a question, how rare are its words, and what do these papers say?

For each word of the question the full-text index names the newest papers that have it; those whose words are worth
most together are looked at. A rare word reaches back to the first paper, a common one only as far as `REACH` (of
db/vectors.py). What a person noted on a paper is not what the paper says, and does not count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sqlite_utils import Database

from db.filing import tag_word
from db.patience import until
from db.rows import marks
from db.vectors import REACH, newest

_SAID = "- {noted filed}"  # the columns of the index that a paper itself fills


class Having(NamedTuple):
    """Which papers have the words of a question.

    :param keys: of the newest papers that have each term, newest first.
    :param shares: of all papers, those that have the term; estimated among the newest for a common one.
    :param papers: how many there are.
    """

    keys: dict[str, np.ndarray]
    shares: dict[str, float]
    papers: int


class Said(NamedTuple):
    """What one paper says.

    :param summary: language to text; empty where it has none.
    """

    key: int
    id: str
    title: str
    authors: tuple[str, ...]
    abstract: str | None
    summary: dict[str, str]


def having(db: Database, asked: Mapping[str, Sequence[str]], *, stage: str | None, end: float) -> Having:
    """The papers that have each term.

    :param asked: term to the words that stand for it, letters and digits only; one in Hangul is the beginning of words.
    :param stage: only papers that are filed under it.
    :param end: on the clock of `time.monotonic`.
    :raises Late: it takes longer.
    """
    filed = "" if stage is None else f' AND filed : "{tag_word("stage", stage)}"'
    with until(db, end):
        papers = _count(db, stage, 0)
        keys = {
            term: newest(db, f"({_SAID} : ({' OR '.join(map(_quoted, words))})){filed}")
            for term, words in asked.items()
        }
        shares = {
            term: len(found) / max(1, papers if len(found) < REACH else _count(db, stage, int(found.min())))
            for term, found in keys.items()
        }
    return Having(keys, shares, papers)


def likeliest(found: Having, worth: Mapping[str, float], *, most: int) -> list[int]:
    """The keys of the papers whose words are worth most together, the best first; of equals the newer.

    :param worth: of each term.
    """
    named = [keys for keys in found.keys.values() if len(keys)]
    if not named:
        return []
    keys, places = np.unique(np.concatenate(named), return_inverse=True)
    weights = np.repeat([worth[term] for term, some in found.keys.items() if len(some)], [len(some) for some in named])
    total = np.bincount(places, weights, minlength=len(keys))
    return [int(keys[place]) for place in np.lexsort((-keys, -total))[:most]]


def said(db: Database, keys: Sequence[int]) -> list[Said]:
    """What these papers say, in the order of the keys; unknown keys are left out."""
    sql = f"SELECT key, id, title, authors, abstract, summary FROM papers WHERE key IN ({marks(keys)})"
    rows = {
        key: Said(key, paper_id, title, tuple(json.loads(authors)), abstract, json.loads(summary or "{}"))
        for key, paper_id, title, authors, abstract, summary in db.conn.execute(sql, keys)
    }
    return [rows[key] for key in keys if key in rows]


def _count(db: Database, stage: str | None, first: int) -> int:
    """The papers from this key on."""
    if stage is None:
        # A small table of FTS5's own, with one row a paper.
        sql, values = "SELECT count(*) FROM papers_fts_docsize WHERE id >= ?", (first,)
    else:
        sql = "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH ? AND rowid >= ?"
        values = (f'filed : "{tag_word("stage", stage)}"', first)  # type: ignore[assignment]
    return int(db.conn.execute(sql, values).fetchone()[0])


def _quoted(word: str) -> str:
    return f'"{word}"' if word.isascii() or not "가" <= word[0] <= "힣" else f'"{word}"*'
