"""Which papers change when the tagger reads them again? Nothing is written where it says what it said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from core.papers.tags import Tagging
from db.connect import transaction
from db.rows import dump, marks
from db.tags import tag_rows, tell, write_tags


class Refiled(NamedTuple):
    """The stages that counted for a paper, and those that count now, most fitting first."""

    before: tuple[str, ...]
    after: tuple[str, ...]


def rewrite_tags(db: Database, taggings: Mapping[int, Tagging]) -> dict[int, Refiled]:
    """`set_tags` by key, at most some hundreds, that writes only what the tagger says otherwise than before.

    :returns: the papers whose stages, of those that count, have become others.
    """
    with transaction(db):
        was = _said(db, list(taggings))
        different = {
            key: tagging
            for key, tagging in taggings.items()
            if was.get(key) != (dump(tagging.confidence), sorted(tag_rows(tagging)))
        }
        before = _filed(db, list(different))
        write_tags(db, different)
        after = _filed(db, list(different))
        tell(db, [key for key in different if set(before[key]) != set(after[key])])
    stages = {key: Refiled(*(_stages(filed[key]) for filed in (before, after))) for key in different}
    return {key: change for key, change in stages.items() if set(change.before) != set(change.after)}


def _said(db: Database, keys: Sequence[int]) -> dict[int, tuple[str, list[tuple[str, str, int, float, str]]]]:
    """What the tagger says of papers, as the tables have it: confidence, and rows sorted."""
    inside = f"IN ({marks(keys)})"
    said: dict[int, tuple[str, list[Any]]] = {
        key: (confidence, [])
        for key, confidence in db.conn.execute(f"SELECT paper, confidence FROM taggings WHERE paper {inside}", keys)
    }
    sql = (
        "SELECT paper, kind, value, place, confidence, evidence FROM tags "
        f"WHERE origin = 'tagger' AND paper {inside} ORDER BY kind, value"
    )
    for key, *row in db.conn.execute(sql, keys):
        if key in said:
            said[key][1].append(tuple(row))
    return said


def _filed(db: Database, keys: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Kind and value of the tags of papers that count, in their order."""
    filed: dict[int, list[tuple[str, str]]] = {key: [] for key in keys}
    sql = f"SELECT paper, kind, value FROM tags WHERE effective = 1 AND paper IN ({marks(keys)}) ORDER BY place, value"
    for key, kind, value in db.conn.execute(sql, keys):
        filed[key].append((kind, value))
    return filed


def _stages(filed: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(value for kind, value in filed if kind == "stage")
