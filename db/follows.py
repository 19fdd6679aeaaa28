"""What does a person follow? Authors, topics and searches, each of them a query of the search box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlite_utils import Database

from db.connect import transaction
from db.papers import count
from db.query import parse_text
from db.records import NEW, UNREAD, Filters
from db.rows import clean_text, moment_text, select

FollowKind = Literal["author", "topic", "search"]
MOST = 100  # papers that are counted; more of them read as "99+"


class UnknownFollow(LookupError):
    """Nothing that is followed has this id."""


@dataclass(frozen=True, kw_only=True)
class Follow:
    """Something that is followed.

    :param name: what the person calls it.
    :param query: what it asks the search box.
    :param visited: when it was looked at last.
    """

    id: int
    kind: FollowKind
    name: str
    query: str
    created: datetime
    visited: datetime


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many papers wait there, at most `MOST`: unread ones, and those that came since it was looked at last."""

    unread: int
    new: int


def author_query(name: str) -> str:
    """What following an author, named as in papers, asks the search box."""
    clean = " ".join(name.replace('"', " ").split())
    return f'author:"{clean}"'


def topic_query(topic: str) -> str:
    """What following a topic of the taxonomy asks the search box."""
    return f"topic:{topic}"


def add(db: Database, *, kind: FollowKind, name: str, query: str, now: datetime | None = None) -> Follow:
    """Follow a query; what is followed already is given back as it is.

    :raises ValueError: a query that asks for nothing.
    """
    name, query = clean_text(name).strip(), " ".join(clean_text(query).split())
    asked = parse_text(query)
    if not query or asked.hopeless:
        raise ValueError(f"the search {query!r} asks for nothing; type some words first")
    moment = moment_text(now or datetime.now(UTC))
    with transaction(db):
        db.conn.execute(
            "INSERT OR IGNORE INTO saved_searches (kind, name, query, created, visited) VALUES (?, ?, ?, ?, ?)",
            (kind, name or query, query, moment, moment),
        )
        (row,) = select(db, "SELECT * FROM saved_searches WHERE query = ?", (query,))
    return _follow(row)


def remove(db: Database, follow_id: int) -> Follow:
    """Follow it no longer; `restore` takes this back.

    :raises UnknownFollow: no such id.
    """
    with transaction(db):
        follow = get(db, follow_id)
        db.conn.execute("DELETE FROM saved_searches WHERE id = ?", (follow_id,))
    return follow


def restore(db: Database, follow: Follow) -> None:
    """Follow again what was removed, as it was."""
    db.conn.execute(
        "INSERT OR IGNORE INTO saved_searches (id, kind, name, query, created, visited) VALUES (?, ?, ?, ?, ?, ?)",
        (
            follow.id,
            follow.kind,
            follow.name,
            follow.query,
            moment_text(follow.created),
            moment_text(follow.visited),
        ),
    )


def visit(db: Database, follow_id: int, now: datetime | None = None) -> Follow:
    """Say that it was looked at; the answer is how it was before, whose `visited` tells what is new this time.

    :raises UnknownFollow: no such id.
    """
    with transaction(db):
        before = get(db, follow_id)
        moment = moment_text(now or datetime.now(UTC))
        db.conn.execute("UPDATE saved_searches SET visited = ? WHERE id = ?", (moment, follow_id))
    return before


def get(db: Database, follow_id: int) -> Follow:
    """What is followed under this id.

    :raises UnknownFollow: nothing is.
    """
    rows = select(db, "SELECT * FROM saved_searches WHERE id = ?", (follow_id,))
    if not rows:
        raise UnknownFollow(f"nothing is followed under {follow_id}")
    return _follow(rows[0])


def list_follows(db: Database) -> list[Follow]:
    """All that is followed: authors, topics, searches, each by name."""
    return [_follow(row) for row in select(db, "SELECT * FROM saved_searches ORDER BY kind, name, id")]


def waiting(db: Database, follow: Follow) -> Waiting:
    """How many papers wait there."""
    return Waiting(
        unread=count(db, Filters(text=follow.query, state=UNREAD), most=MOST),
        new=count(db, Filters(text=follow.query, state=NEW, visited=follow.visited), most=MOST),
    )


def _follow(row: dict[str, Any]) -> Follow:
    moments = {name: datetime.fromisoformat(row[name]) for name in ("created", "visited")}
    return Follow(**{**row, **moments})
