"""Which papers does a set of filters select? SQL that walks the papers from the newest on.

Nearly every filter is a word of the full-text index (db/filing.py), so that FTS5 walks only papers that have them all,
newest first, without a sort; days are a range of keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db.filing import tag_word
from db.keys import keys_between
from db.query import Query, parse_text
from db.records import NEW, UNREAD, Filters
from db.rows import moment_text

MOST_NEW = 20_000  # papers that can be new at a time: those that came last
_INDEX = "papers_fts"
_NEW = f"SELECT key FROM papers WHERE seen > ? ORDER BY seen DESC LIMIT {MOST_NEW}"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A query's middle: `SELECT {key} FROM {source} WHERE {where} ORDER BY {key} DESC`.

    :param query: what the person typed, with the other filters added to it.
    :param source: the table that is walked.
    :param key: the column that holds the paper's key.
    """

    query: Query
    source: str
    key: str
    where: str
    values: tuple[Any, ...]

    def keys_sql(self) -> str:
        """All keys, newest first."""
        return f"SELECT {self.key} FROM {self.source} WHERE {self.where} ORDER BY {self.key} DESC"


def selection(filters: Filters) -> Selection | None:
    """The SQL for `filters`; None where no paper can match."""
    query = parse_text(filters.text)
    if query.hopeless:
        return None
    for kind in ("stage", "topic", "application", "source"):
        if (value := getattr(filters, kind)) is not None:
            query.file(tag_word(kind, value))
    if filters.state == UNREAD:
        query.unread()
    elif filters.state == NEW:
        query.new = True
    elif filters.state is not None:
        query.file(tag_word("is", filters.state))
    query.between(filters.since, filters.until)
    match = query.match
    source, key = (_INDEX, f"{_INDEX}.rowid") if match is not None else ("papers", "papers.key")
    conditions: list[str] = []
    values: list[Any] = []
    if match is not None:
        conditions.append(f"{_INDEX} MATCH ?")
        values.append(match)
    if query.paper is not None:
        conditions.append(f"{key} = (SELECT key FROM papers WHERE id = ?)")
        values.append(query.paper)
    if query.since is not None or query.until is not None:
        conditions.append(f"{key} BETWEEN ? AND ?")
        values += keys_between(query.since, query.until)
    for compare, number in query.votes:
        conditions.append(f"(SELECT p.upvotes FROM papers AS p WHERE p.key = {key}) {compare} ?")
        values.append(number)
    if query.new is not None:
        visited = "" if filters.visited is None else moment_text(filters.visited)
        # The + keeps FTS5 from being asked once for each new paper; the range keeps it from walking where none is.
        conditions.append(f"+{key} {'IN' if query.new else 'NOT IN'} ({_NEW})")
        values.append(visited)
        if query.new:
            conditions.append(f"{key} BETWEEN (SELECT min(key) FROM ({_NEW})) AND (SELECT max(key) FROM ({_NEW}))")
            values += [visited, visited]
    return Selection(query=query, source=source, key=key, where=" AND ".join(conditions) or "1", values=tuple(values))
