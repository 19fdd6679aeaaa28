"""Which papers could be news of some days, and which syncs looked for them? What a digest is gathered from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from db.filters import selection
from db.keys import DAY, day_number
from db.ledger import GOOD
from db.records import Filters
from db.rows import marks


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """As much of a paper as tells on which day it was news.

    :param by_lists: whether no source told of it but those asked about.
    """

    key: int
    submitted: datetime | None
    announced: date | None
    seen: datetime
    raw_categories: str
    by_lists: bool

    @property
    def categories(self) -> tuple[str, ...]:
        """As given; read when they are asked for, which is seldom."""
        return tuple(json.loads(self.raw_categories))


def candidates(db: Database, since: date, until: date, *, lists: Sequence[str]) -> list[Candidate]:
    """The papers submitted from the month of `since` to `until`, those of which only the month is known among them.

    :param lists: sources that tell of papers long announced.
    """
    low = day_number(since.replace(day=1)) - 1
    other = f"EXISTS (SELECT 1 FROM sightings WHERE paper = key AND source NOT IN ({marks(lists)}))"
    sql = (
        f"SELECT key, submitted, announced, seen, categories, {other} FROM papers "
        "WHERE key BETWEEN ? AND ? ORDER BY key DESC"
    )
    rows = db.conn.execute(sql, (*lists, low * DAY, day_number(until) * DAY + DAY - 1))
    return [
        Candidate(
            key=key,
            submitted=None if submitted is None else datetime.fromisoformat(submitted),
            announced=None if announced is None else date.fromisoformat(announced),
            seen=datetime.fromisoformat(seen),
            raw_categories=categories,
            by_lists=not told,
        )
        for key, submitted, announced, seen, categories, told in rows
    ]


def listed(db: Database, since: date, until: date) -> list[int]:
    """The keys of the papers on Hugging Face's lists of these days, newest first."""
    sql = "SELECT key FROM papers INDEXED BY papers_listed WHERE listed BETWEEN ? AND ? ORDER BY key DESC"
    return [key for (key,) in db.conn.execute(sql, (since.isoformat(), until.isoformat()))]


def filed_under(db: Database, stage: str, low: int, high: int) -> list[int]:
    """The keys from `low` to `high` of the papers that are filed under a stage, by the tags that count."""
    sql = "SELECT paper FROM tags WHERE effective = 1 AND kind = 'stage' AND value = ? AND paper BETWEEN ? AND ?"
    return [key for (key,) in db.conn.execute(sql, (stage, low, high))]


def fitting(db: Database, query: str, keys: Sequence[int]) -> list[int]:
    """Those of these papers that a search finds, newest first."""
    chosen = selection(Filters(text=query))
    if chosen is None or not keys:
        return []
    between = f"SELECT {chosen.key} FROM {chosen.source} WHERE {chosen.where} AND {chosen.key} BETWEEN ? AND ?"
    wanted = set(keys)
    rows = db.conn.execute(f"{between} ORDER BY {chosen.key} DESC", (*chosen.values, min(keys), max(keys)))
    return [key for (key,) in rows if key in wanted]


def good_syncs(db: Database, since: date) -> list[dict[str, Any]]:
    """Source, days asked for, categories, beginning and end of every complete or quiet sync begun since a day."""
    sql = (
        "SELECT source, window, categories, started, finished FROM ledger WHERE window IS NOT NULL AND started >= ? "
        f"AND outcome IN {GOOD} ORDER BY id"
    )
    found = []
    for source, window, categories, started, finished in db.conn.execute(sql, (since.isoformat(),)):
        first, _dots, last = window.partition("..")
        found.append(
            {
                "source": source,
                "since": date.fromisoformat(first),
                "until": date.fromisoformat(last),
                "categories": frozenset(filter(None, categories.split(","))),
                "started": datetime.fromisoformat(started),
                "finished": datetime.fromisoformat(finished),
            }
        )
    return found


def stamp(db: Database) -> tuple[object, ...]:
    """Another value once papers have come or a sync or import has ended; cheap enough to be asked for at each click."""
    row = db.conn.execute(
        "SELECT (SELECT max(key) FROM papers), (SELECT max(seen) FROM papers), (SELECT max(finished) FROM ledger)"
    )
    return tuple(row.fetchone())


def last_finished(db: Database) -> datetime | None:
    """When the last sync of all came to its end, however it ended."""
    (found,) = db.conn.execute("SELECT max(finished) FROM ledger WHERE window IS NOT NULL").fetchone()
    return None if found is None else datetime.fromisoformat(found)
