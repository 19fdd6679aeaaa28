"""What has the tagger been taught, and what is there to teach it from?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from core.papers.paper import Paper
from db.connect import transaction
from db.rows import dump, marks, moment_text, select

_CHUNK = 500


class PaperText(NamedTuple):
    """A paper as the tagger reads it, and when the catalog last saw it change."""

    key: int
    changed: str
    paper: Paper


@dataclass(frozen=True, kw_only=True)
class Teaching:
    """What was learned from corrections.

    :param base: names the shipped tagger that it was learned for.
    :param corrections: paper to stages.
    :param difference: what they add to the shipped tagger, as core.papers.lens.personal writes it.
    :param figures: before and after, as core.papers.relearning writes them.
    """

    id: int
    created: datetime
    base: str
    corrections: dict[str, tuple[str, ...]]
    difference: dict[str, Any]
    figures: dict[str, Any]


def add(
    db: Database,
    *,
    base: str,
    corrections: Mapping[str, Sequence[str]],
    difference: Mapping[str, Any],
    figures: Mapping[str, Any],
) -> int:
    """Keep what was learned; its id."""
    values = (moment_text(datetime.now(UTC)), base, dump(corrections), dump(difference), dump(figures))
    with transaction(db):
        cursor = db.conn.execute(
            f"INSERT INTO teachings (created, base, corrections, difference, figures) VALUES ({marks(values)})", values
        )
    return int(cursor.lastrowid or 0)


def get(db: Database, teaching: int) -> Teaching:
    """
    :raises LookupError: there is none of this id.
    """
    rows = select(db, "SELECT * FROM teachings WHERE id = ?", (teaching,))
    if not rows:
        raise LookupError(f"there is no teaching {teaching}; the catalog is damaged: python -m app doctor")
    (row,) = rows
    corrections = {paper: tuple(stages) for paper, stages in json.loads(row["corrections"]).items()}
    read = {name: json.loads(row[name]) for name in ("difference", "figures")}
    return Teaching(
        id=row["id"],
        created=datetime.fromisoformat(row["created"]),
        base=row["base"],
        corrections=corrections,
        **read,
    )


def texts_of(db: Database, ids: Sequence[str]) -> dict[str, Paper]:
    """Papers as the tagger reads them, by id; unknown ids are left out."""
    found: dict[str, Paper] = {}
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        sql = f"SELECT key, changed, id, title, abstract, keywords FROM papers WHERE id IN ({marks(some)})"
        found |= {text.paper.id: text.paper for text in read_texts(select(db, sql, some))}
    return found


def read_texts(rows: Sequence[Mapping[str, Any]]) -> list[PaperText]:
    """Rows of key, changed, id, title, abstract and keywords."""
    return [
        PaperText(
            row["key"],
            row["changed"],
            Paper(id=row["id"], title=row["title"], abstract=row["abstract"], keywords=_words(row["keywords"])),
        )
        for row in rows
    ]


def curated_stages(db: Database) -> dict[str, tuple[str, ...]]:
    """What curated lists say of the stages of papers that no person has corrected: id to stages."""
    sql = (
        "SELECT papers.id, value FROM tags INDEXED BY tags_said JOIN papers ON papers.key = tags.paper "
        "WHERE origin <> 'tagger' AND origin = 'curated' AND kind = 'stage' AND NOT EXISTS (SELECT 1 FROM tags AS said "
        "WHERE said.paper = tags.paper AND said.kind = 'stage' AND said.origin = 'person') ORDER BY papers.id, place"
    )
    said: dict[str, tuple[str, ...]] = {}
    for paper_id, value in db.conn.execute(sql):
        said[paper_id] = said.get(paper_id, ()) + ((value,) if value else ())
    return said


def sample_ids(db: Database, most: int) -> list[str]:
    """Papers spread evenly over the catalog, by id: all, or about `most` and never more than twice as many."""
    total = int(db.conn.execute("SELECT count(*) FROM papers").fetchone()[0])
    # Two primes stir the key, so that no rhythm of days and numbers meets the step.
    sql = "SELECT id FROM papers INDEXED BY papers_id WHERE key / 10 * 7919 % 1000003 % ? = 0 ORDER BY id LIMIT ?"
    return [paper_id for (paper_id,) in db.conn.execute(sql, (max(1, total // most), 2 * most))]


def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text != "[]" else ()
