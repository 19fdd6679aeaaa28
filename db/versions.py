"""What did each version of a paper say? As far as a source told of it while it was the newest, or of an older one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.papers.merge import version_day, version_value
from db.rows import known_of, paper_of, select


@dataclass(frozen=True, kw_only=True)
class VersionSaid:
    """One version and what is kept of it; None is what no source told.

    :param seen: when the catalog first heard of it.
    """

    number: int
    submitted: datetime | None
    seen: datetime
    title: str | None
    abstract: str | None
    authors: tuple[str, ...] | None


def versions_of(db: Database, paper_id: str) -> list[VersionSaid]:
    """All versions of the paper with this base id, the first one first; [] where none is known."""
    rows = select(db, "SELECT * FROM papers WHERE id = ?", (paper_id,))
    if not rows:
        return []
    sql = "SELECT version, seen, was FROM versions WHERE paper = ? ORDER BY version"
    seen = db.conn.execute(sql, (rows[0]["key"],)).fetchall()
    known = known_of(paper_of(rows[0]), rows[0]["known"], [(number, was) for number, _seen, was in seen])
    return [
        VersionSaid(
            number=number,
            submitted=version_day(known, number),
            seen=datetime.fromisoformat(at),
            title=version_value(known, "title", number),
            abstract=version_value(known, "abstract", number),
            authors=version_value(known, "authors", number),
        )
        for number, at, _was in seen
    ]
