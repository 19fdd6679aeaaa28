"""Which papers does a set of filters select? SQL that walks one index from the newest paper on and looks up the rest.

The walk follows the filter that is likely to leave the fewest papers; no sort is needed, for every index ends in the
paper's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db.keys import keys_between
from db.query import parse_text
from db.records import STATES, UNREAD, Filters

_TAG_KINDS = ("topic", "application", "stage")  # rare first


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A query's middle: `SELECT {key} FROM {source} WHERE {where} ORDER BY {key} DESC`.

    :param source: the table that is walked.
    :param key: the column that holds the paper's key.
    :param repeats: whether a paper may come more than once in the walk.
    """

    source: str
    key: str
    where: str
    values: tuple[Any, ...]
    repeats: bool = False

    def keys_sql(self) -> str:
        """All keys, newest first."""
        distinct = "DISTINCT " if self.repeats else ""
        return f"SELECT {distinct}{self.key} FROM {self.source} WHERE {self.where} ORDER BY {self.key} DESC"

    def count_sql(self) -> str:
        """How many papers there are."""
        what = f"DISTINCT {self.key}" if self.repeats else "*"
        return f"SELECT count({what}) FROM {self.source} WHERE {self.where}"


def selection(filters: Filters) -> Selection | None:
    """The SQL for `filters`; None where no paper can match."""
    text = parse_text(filters.text)
    if text.hopeless:
        return None
    wanted = {kind: value for kind in _TAG_KINDS if (value := getattr(filters, kind)) is not None}
    source, key, conditions, values = _walk(filters, text.match, wanted)
    for kind, value in wanted.items():
        conditions.append(
            f"EXISTS (SELECT 1 FROM tags t WHERE t.paper = {key} AND t.kind = ? AND t.value = ? AND t.effective = 1)"
        )
        values += [kind, value]
    if filters.source is not None and source != "sightings":
        conditions.append(f"EXISTS (SELECT 1 FROM sightings s WHERE s.paper = {key} AND s.source = ?)")
        values.append(filters.source)
    if filters.state == UNREAD:
        conditions.append(f"NOT EXISTS (SELECT 1 FROM reading r WHERE r.paper = {key} AND r.state IS NOT NULL)")
    elif filters.state is not None and source != "reading":
        conditions.append(f"EXISTS (SELECT 1 FROM reading r WHERE r.paper = {key} AND r.state = ?)")
        values.append(filters.state)
    if text.exclude is not None:
        conditions.append(f"{key} NOT IN (SELECT rowid FROM papers_fts WHERE papers_fts MATCH ?)")
        values.append(text.exclude)
    if filters.since is not None or filters.until is not None:
        conditions.append(f"{key} BETWEEN ? AND ?")
        values += keys_between(filters.since, filters.until)
    return Selection(
        source=source,
        key=key,
        where=" AND ".join(conditions) or "1",
        values=tuple(values),
        repeats=source == "sightings",
    )


def _walk(filters: Filters, match: str | None, wanted: dict[str, str]) -> tuple[str, str, list[str], list[Any]]:
    """The table to walk, its key column, and the conditions it answers itself (taken out of `wanted`)."""
    if match is not None:
        return "papers_fts", "papers_fts.rowid", ["papers_fts MATCH ?"], [match]
    if filters.state in STATES:
        return "reading", "reading.paper", ["reading.state = ?"], [filters.state]
    for kind in ("topic", "application"):
        if kind in wanted:
            return _tag_walk(kind, wanted)
    if filters.source is not None:
        return "sightings", "sightings.paper", ["sightings.source = ?"], [filters.source]
    if "stage" in wanted:
        return _tag_walk("stage", wanted)
    return "papers", "papers.key", [], []


def _tag_walk(kind: str, wanted: dict[str, str]) -> tuple[str, str, list[str], list[Any]]:
    conditions = ["tags.kind = ?", "tags.value = ?", "tags.effective = 1"]
    return "tags", "tags.paper", conditions, [kind, wanted.pop(kind)]
