"""What is a paper filed under, and who said so? A person's word stands for ever, kind by kind.

For each paper and kind the best origin counts: a person's, then a curated source's, then the tagger's. A model's
proposals are kept but never count by themselves. "None of this kind" is a word too: a row whose value is ''.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from sqlite_utils import Database

from core.papers.tags import Tag, Tagging, TagKind, TagOrigin
from db import trends
from db.connect import transaction
from db.filing import refile
from db.rows import dump, key_of, marks, select
from db.stored import load_tags

KINDS: tuple[TagKind, ...] = get_args(TagKind)
_BEST_FIRST: tuple[TagOrigin, ...] = ("person", "curated", "tagger")
_NONE = ""
_CHUNK = 500
_INSERT = """
INSERT OR REPLACE INTO tags (paper, kind, value, origin, place, confidence, evidence, effective)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def set_tags(db: Database, taggings: Mapping[str, Tagging]) -> None:
    """Replace what the tagger said of these papers; what others said stays and goes on counting before it."""
    with transaction(db):
        for ids in _chunks(list(taggings)):
            keys = _keys(db, ids)
            write_tags(db, {key: taggings[paper_id] for paper_id, key in keys.items()})
            _tell(db, list(keys.values()))


def set_curated(db: Database, curated: Mapping[str, Mapping[TagKind, Sequence[str]]]) -> None:
    """Replace a curated source's tags of the kinds it speaks of; an empty list says "none of this kind"."""
    with transaction(db):
        keys = {key_of(db, paper_id): kinds for paper_id, kinds in curated.items()}
        write_curated(db, keys)
        _tell(db, list(keys))


def correct(db: Database, paper_id: str, kind: TagKind, values: Sequence[str]) -> None:
    """A person files the paper: these values and no others of this kind, whatever the tagger says from now on.

    :param values: most fitting first; none at all says "none of this kind".
    :raises UnknownPaper: no such paper.
    """
    with transaction(db):
        key = key_of(db, paper_id)
        _say(db, key, kind, values, "person")
        _tell(db, [key])


def uncorrect(db: Database, paper_id: str, kind: TagKind) -> None:
    """Take a person's word on this kind back.

    :raises UnknownPaper: no such paper.
    """
    with transaction(db):
        key = key_of(db, paper_id)
        db.conn.execute("DELETE FROM tags WHERE paper = ? AND kind = ? AND origin = 'person'", (key, kind))
        _settle(db, key, kind)
        _tell(db, [key])


def effective(db: Database, ids: Iterable[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags that count, for each of the ids that the catalog has."""
    found: dict[str, tuple[Tag, ...]] = {}
    for some in _chunks(list(ids)):
        keys = _keys(db, some)
        tags = load_tags(db, list(keys.values()))
        found |= {paper_id: tags.get(key, ()) for paper_id, key in keys.items()}
    return found


def corrected(db: Database, paper_id: str) -> dict[TagKind, tuple[str, ...]]:
    """What a person said of the paper: kind to values, and an empty tuple for "none of this kind"."""
    sql = (
        "SELECT kind, value FROM tags JOIN papers ON papers.key = tags.paper "
        "WHERE papers.id = ? AND origin = 'person' ORDER BY place"
    )
    said: dict[TagKind, tuple[str, ...]] = {}
    for kind, value in db.conn.execute(sql, (paper_id,)):
        said[kind] = said.get(kind, ()) + ((value,) if value != _NONE else ())
    return said


def write_tags(db: Database, taggings: Mapping[int, Tagging]) -> None:
    """`set_tags` by key, at most some hundreds, for who brings the index and the counts up to date himself."""
    if not taggings:
        return
    inside = f"IN ({marks(taggings)})"
    keys = list(taggings)
    db.conn.execute(f"DELETE FROM tags WHERE origin = 'tagger' AND paper {inside}", keys)
    sql = f"SELECT DISTINCT paper, kind FROM tags WHERE origin IN ('person', 'curated') AND paper {inside}"
    shadowed = set(db.conn.execute(sql, keys))
    rows = []
    for key, tagging in taggings.items():
        for place, tag in enumerate(tagging.tags):
            evidence = dump([[item.phrase, item.where, item.weight] for item in tag.evidence])
            counts = int((key, tag.kind) not in shadowed)
            rows.append((key, tag.kind, tag.value, "tagger", place, tag.confidence, evidence, counts))
    db.conn.executemany(_INSERT, rows)
    db.conn.executemany(
        "INSERT OR REPLACE INTO taggings (paper, confidence) VALUES (?, ?)",
        [(key, dump(tagging.confidence)) for key, tagging in taggings.items()],
    )


def write_curated(db: Database, curated: Mapping[int, Mapping[TagKind, Sequence[str]]]) -> None:
    """`set_curated` by key, for who brings the index and the counts up to date himself."""
    for key, kinds in curated.items():
        for kind, values in kinds.items():
            _say(db, key, kind, values, "curated")


def _tell(db: Database, keys: Sequence[int]) -> None:
    """The index and the counts follow the tags."""
    refile(db, keys)
    trends.mark(db, keys)


def _say(db: Database, key: int, kind: TagKind, values: Sequence[str], origin: TagOrigin) -> None:
    if kind not in KINDS:
        raise ValueError(f"tag kind {kind!r} does not exist; use {', '.join(KINDS)}")
    db.conn.execute("DELETE FROM tags WHERE paper = ? AND kind = ? AND origin = ?", (key, kind, origin))
    said = list(dict.fromkeys(values)) or [_NONE]
    db.conn.executemany(_INSERT, [(key, kind, value, origin, place, 1.0, "[]", 0) for place, value in enumerate(said)])
    _settle(db, key, kind)


def _settle(db: Database, key: int, kind: TagKind) -> None:
    """Mark the rows that count for one paper and kind."""
    sql = "SELECT DISTINCT origin FROM tags WHERE paper = ? AND kind = ?"
    said = {origin for (origin,) in db.conn.execute(sql, (key, kind))}
    best = next((origin for origin in _BEST_FIRST if origin in said), None)
    db.conn.execute(
        "UPDATE tags SET effective = (origin IS ? AND value <> '') WHERE paper = ? AND kind = ?", (best, key, kind)
    )


def _keys(db: Database, ids: Sequence[str]) -> dict[str, int]:
    return {row["id"]: row["key"] for row in select(db, f"SELECT id, key FROM papers WHERE id IN ({marks(ids)})", ids)}


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
