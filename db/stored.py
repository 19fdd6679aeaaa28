"""What does the catalog know around a list of papers? A handful of queries for all of them, never one for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.papers.paper import Link
from core.papers.tags import Evidence, Tag
from db.records import Stored, VersionSeen
from db.rows import marks, paper_of, select

_MOST = 5_000  # keys in one query


def load_stored(db: Database, keys: Sequence[int]) -> list[Stored]:
    """The papers with these keys, in their order, with everything around them."""
    found: list[Stored] = []
    for start in range(0, len(keys), _MOST):
        found += _load(db, keys[start : start + _MOST])
    return found


def load_tags(db: Database, keys: Sequence[int]) -> dict[int, tuple[Tag, ...]]:
    """The tags that count, by key: stages, topics, applications, each most fitting first."""
    found: dict[int, list[Tag]] = {}
    sql = (
        "SELECT paper, kind, value, confidence, evidence, origin FROM tags "
        f"WHERE paper IN ({marks(keys)}) AND effective = 1 "
        "ORDER BY paper, instr('stage topic application', kind), place, value"
    )
    for key, kind, value, confidence, evidence, origin in db.conn.execute(sql, keys):
        phrases = tuple(Evidence(*item) for item in json.loads(evidence))
        tag = Tag(kind=kind, value=value, confidence=confidence, evidence=phrases, origin=origin)
        found.setdefault(key, []).append(tag)
    return {key: tuple(tags) for key, tags in found.items()}


def _load(db: Database, keys: Sequence[int]) -> list[Stored]:
    if not keys:
        return []
    inside = f"IN ({marks(keys)})"
    rows = {row["key"]: row for row in select(db, f"SELECT * FROM papers WHERE key {inside}", keys)}
    links = _grouped(db, f"SELECT paper, kind, url FROM links WHERE paper {inside} ORDER BY kind, url", keys)
    sources = _grouped(db, f"SELECT DISTINCT paper, source FROM sightings WHERE paper {inside} ORDER BY source", keys)
    versions = _grouped(
        db,
        f"SELECT paper, version, submitted, seen, changed FROM versions WHERE paper {inside} ORDER BY version",
        keys,
    )
    reading = _grouped(db, f"SELECT paper, state, star FROM reading WHERE paper {inside}", keys)
    confidence = _grouped(db, f"SELECT paper, confidence FROM taggings WHERE paper {inside}", keys)
    tags = load_tags(db, keys)
    notes = _note_counts(db, [row["id"] for row in rows.values()])
    found: list[Stored] = []
    for key in keys:
        row = rows[key]
        state, star = reading.get(key, [(None, 0)])[0]
        found.append(
            Stored(
                paper=paper_of(row, [Link(kind, url) for kind, url in links.get(key, ())]),
                tags=tags.get(key, ()),
                confidence=json.loads(confidence[key][0][0]) if key in confidence else {},
                state=state,
                star=bool(star),
                note_count=notes.get(row["id"], 0),
                sources=tuple(source for (source,) in sources.get(key, ())),
                versions=tuple(_version(*item) for item in versions.get(key, ())),
                seen=datetime.fromisoformat(row["seen"]),
            )
        )
    return found


def _grouped(db: Database, sql: str, keys: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows by their first column, which is left out of them."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for key, *rest in db.conn.execute(sql, keys):
        found.setdefault(key, []).append(tuple(rest))
    return found


def _note_counts(db: Database, ids: Sequence[str]) -> dict[str, int]:
    target = "json_extract(pin.value, '$.target')"
    sql = (
        f"SELECT {target}, count(*) FROM notes, json_each(notes.pins) AS pin "
        f"WHERE json_extract(pin.value, '$.kind') = 'paper' AND {target} IN ({marks(ids)}) GROUP BY 1"
    )
    return dict(db.conn.execute(sql, ids).fetchall())


def _version(version: int, submitted: str | None, seen: str, changed: str) -> VersionSeen:
    return VersionSeen(
        version=version,
        submitted=None if submitted is None else datetime.fromisoformat(submitted),
        seen=datetime.fromisoformat(seen),
        changed=tuple(json.loads(changed)),
    )
