"""What is a paper filed under, and who said so? A person's word stands for ever, kind by kind.

For each paper and kind the best origin counts: a person's, then a curated source's, then the tagger's. A model's
proposals are kept but never count by themselves. "None of this kind" is a word too: a row whose value is ''.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A person's word on papers, given or taken back; `undo` takes the step back.

    :param before: what the person had said of each paper: None for nothing, no value for "none of this kind".
    """

    kind: TagKind
    before: Mapping[str, tuple[str, ...] | None]


def set_tags(db: Database, taggings: Mapping[str, Tagging]) -> None:
    """Replace what the tagger said of these papers; what others said stays and goes on counting before it."""
    with transaction(db):
        for ids in _chunks(list(taggings)):
            keys = _keys(db, ids)
            write_tags(db, {key: taggings[paper_id] for paper_id, key in keys.items()})
            tell(db, list(keys.values()))


def set_curated(db: Database, curated: Mapping[str, Mapping[TagKind, Sequence[str]]]) -> None:
    """Replace a curated source's tags of the kinds it speaks of; an empty list says "none of this kind"."""
    with transaction(db):
        keys = {key_of(db, paper_id): kinds for paper_id, kinds in curated.items()}
        write_curated(db, keys)
        tell(db, list(keys))


def correct(db: Database, paper_id: str, kind: TagKind, values: Sequence[str]) -> Correction:
    """`correct_many` of one paper.

    :raises UnknownPaper: no such paper.
    """
    return correct_many(db, [paper_id], kind, values)


def correct_many(db: Database, ids: Iterable[str], kind: TagKind, values: Sequence[str]) -> Correction:
    """A person files papers: these values and no others of this kind, whatever the tagger says from now on.

    :param values: most fitting first; none at all says "none of this kind".
    :raises UnknownPaper: no such paper; then nothing is corrected.
    """
    return _put(db, kind, dict.fromkeys(ids, tuple(dict.fromkeys(values))))


def uncorrect(db: Database, ids: str | Iterable[str], kind: TagKind) -> Correction:
    """Take a person's word on this kind back, of one paper or of several.

    :raises UnknownPaper: no such paper; then nothing is taken back.
    """
    return _put(db, kind, dict.fromkeys([ids] if isinstance(ids, str) else ids))


def undo(db: Database, change: Correction) -> Correction:
    """Put a person's word back to what it was before `change`; the answer can be undone in turn.

    A paper that is gone since is passed over.
    """
    with transaction(db):
        there = {paper_id for some in _chunks(list(change.before)) for paper_id in _keys(db, some)}
        return _put(db, change.kind, {each: said for each, said in change.before.items() if each in there})


def effective(db: Database, ids: Iterable[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags that count, for each of the ids that the catalog has."""
    found: dict[str, tuple[Tag, ...]] = {}
    for some in _chunks(list(ids)):
        keys = _keys(db, some)
        tags = load_tags(db, list(keys.values()))
        found |= {paper_id: tags.get(key, ()) for paper_id, key in keys.items()}
    return found


def corrections(db: Database, kind: TagKind) -> dict[str, tuple[str, ...]]:
    """Every person's word on this kind, the newest papers first: id to values, none for "none of this kind"."""
    sql = (
        "SELECT papers.id, value FROM tags INDEXED BY tags_said JOIN papers ON papers.key = tags.paper "
        "WHERE origin <> 'tagger' AND origin = 'person' AND kind = ? ORDER BY tags.paper DESC, place"
    )
    said: dict[str, tuple[str, ...]] = {}
    for paper_id, value in db.conn.execute(sql, (kind,)):
        said[paper_id] = said.get(paper_id, ()) + ((value,) if value != _NONE else ())
    return said


def otherwise(db: Database, ids: Sequence[str]) -> dict[str, dict[TagKind, tuple[str, ...]]]:
    """What papers would be filed under had no person spoken: id to kind to values; at most some hundreds."""
    sql = (
        "SELECT papers.id, kind, origin, value FROM papers JOIN tags ON tags.paper = papers.key "
        f"WHERE papers.id IN ({marks(ids)}) AND origin IN ('curated', 'tagger') ORDER BY place, value"
    )
    said: dict[tuple[str, TagKind], dict[str, list[str]]] = {}
    for paper_id, kind, origin, value in db.conn.execute(sql, ids):
        said.setdefault((paper_id, kind), {}).setdefault(origin, []).append(value)
    found: dict[str, dict[TagKind, tuple[str, ...]]] = {paper_id: {} for paper_id in ids}
    for (paper_id, kind), origins in said.items():
        best = next(origins[origin] for origin in _BEST_FIRST if origin in origins)
        found[paper_id][kind] = tuple(value for value in best if value != _NONE)
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
    rows = [
        (key, kind, value, "tagger", place, confidence, evidence, int((key, kind) not in shadowed))
        for key, tagging in taggings.items()
        for kind, value, place, confidence, evidence in tag_rows(tagging)
    ]
    db.conn.executemany(_INSERT, rows)
    db.conn.executemany(
        "INSERT OR REPLACE INTO taggings (paper, confidence) VALUES (?, ?)",
        [(key, dump(tagging.confidence)) for key, tagging in taggings.items()],
    )


def tag_rows(tagging: Tagging) -> list[tuple[str, str, int, float, str]]:
    """Kind, value, place, confidence and evidence of each tag, as the table has them."""
    return [
        (
            *(tag.kind, tag.value, place, tag.confidence),
            dump([[item.phrase, item.where, item.weight] for item in tag.evidence]),
        )
        for place, tag in enumerate(tagging.tags)
    ]


def tell(db: Database, keys: Sequence[int]) -> None:
    """The index and the counts follow the tags of these papers."""
    refile(db, keys)
    trends.mark(db, keys)


def write_curated(db: Database, curated: Mapping[int, Mapping[TagKind, Sequence[str]]]) -> None:
    """`set_curated` by key, for who brings the index and the counts up to date himself."""
    for key, kinds in curated.items():
        for kind, values in kinds.items():
            _say(db, key, kind, values, "curated")


def _put(db: Database, kind: TagKind, said: Mapping[str, tuple[str, ...] | None]) -> Correction:
    """What a person says of papers from now on; None is nothing."""
    if kind not in KINDS:
        raise ValueError(f"tag kind {kind!r} does not exist; use {', '.join(KINDS)}")
    with transaction(db):
        keys = {paper_id: key_of(db, paper_id) for paper_id in said}
        before = {paper_id: corrected(db, paper_id).get(kind) for paper_id in said}
        for paper_id, values in said.items():
            if values is None:
                _unsay(db, keys[paper_id], kind, "person")
            else:
                _say(db, keys[paper_id], kind, values, "person")
        tell(db, list(keys.values()))
    return Correction(kind=kind, before=before)


def _say(db: Database, key: int, kind: TagKind, values: Sequence[str], origin: TagOrigin) -> None:
    db.conn.execute("DELETE FROM tags WHERE paper = ? AND kind = ? AND origin = ?", (key, kind, origin))
    said = list(dict.fromkeys(values)) or [_NONE]
    db.conn.executemany(_INSERT, [(key, kind, value, origin, place, 1.0, "[]", 0) for place, value in enumerate(said)])
    _settle(db, key, kind)


def _unsay(db: Database, key: int, kind: TagKind, origin: TagOrigin) -> None:
    db.conn.execute("DELETE FROM tags WHERE paper = ? AND kind = ? AND origin = ?", (key, kind, origin))
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
