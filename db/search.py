"""Which papers fit what a person typed? The newest matches, the best of them first.

Ranking every match of a common word is slow in a large catalog ("language" stands in most papers), so only the newest
`NEWEST` matches are ranked, by bm25.
"""

from __future__ import annotations

from dataclasses import replace

from sqlite_utils import Database

from db.filters import selection
from db.papers import browse
from db.query import parse_text
from db.records import Filters, Stored
from db.stored import load_stored

NEWEST = 5_000
# What a word in the title, abstract, authors, keywords, summary is worth to bm25.
_WEIGHTS = (8.0, 1.0, 4.0, 3.0, 1.0)


def search(db: Database, text: str, *, limit: int = 20, filters: Filters | None = None) -> list[tuple[Stored, float]]:
    """The best of the newest matches of `text` among the papers that `filters` select.

    :param text: anything; see db/query.py for what it may hold. It takes the place of `filters.text`.
    :returns: papers with a score (higher is better); text without a word to rank by gives the newest first, scored 0.
    """
    wanted = replace(filters or Filters(), text=text)
    if parse_text(text).match is None:
        return [(stored, 0.0) for stored in browse(db, filters=wanted, limit=limit)]
    chosen = selection(wanted)
    if chosen is None:
        return []
    score = f"bm25(papers_fts, {', '.join(map(str, _WEIGHTS))})"
    sql = (
        f"SELECT {chosen.key}, -{score} FROM {chosen.source} WHERE {chosen.where} "
        f"ORDER BY {chosen.key} DESC LIMIT {NEWEST}"
    )
    ranked = sorted(db.conn.execute(sql, chosen.values), key=lambda row: (-row[1], -row[0]))[:limit]
    scores = [score for _, score in ranked]
    return list(zip(load_stored(db, [key for key, _ in ranked]), scores, strict=True))
