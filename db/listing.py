"""Which papers stand on one page of a list, and how many are there in all? Counted only as far as it helps a reader."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlite_utils import Database

from db.filters import selection
from db.patience import Late, until
from db.records import Filters, Stored
from db.search import SECONDS
from db.stored import load_stored

MOST = 5_000  # papers that are counted; more of them read as "5,000+"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page of a list.

    :param keys: of all papers that were counted, in their order.
    :param n: how many papers there are, as far as they were counted.
    :param more: whether there are more than `n`.
    :param cut: whether the count was ended because it took too long.
    :param hints: pieces of the query that were not taken as they look, and why.
    """

    papers: tuple[Stored, ...]
    keys: tuple[int, ...] = ()
    n: int
    more: bool = False
    cut: bool = False
    hints: tuple[str, ...] = ()


def listed(
    db: Database, filters: Filters, *, limit: int, offset: int = 0, most: int = MOST, seconds: float = SECONDS
) -> Listed:
    """The papers that `filters` select, newest first: one walk, until enough is counted or the time is up."""
    chosen = selection(filters)
    if chosen is None:
        return Listed(papers=(), n=0)
    keys: list[int] = []
    cut = False
    try:
        with until(db, time.monotonic() + seconds):
            for (key,) in db.conn.execute(f"{chosen.keys_sql()} LIMIT {most + 1}", chosen.values):
                keys.append(key)
    except Late:
        cut = True
    return Listed(
        papers=tuple(load_stored(db, keys[:most][offset : offset + limit])),
        keys=tuple(keys[:most]),
        n=min(len(keys), most),
        more=cut or len(keys) > most,
        cut=cut,
        hints=tuple(chosen.query.hints),
    )
