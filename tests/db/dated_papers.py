"""A few papers on days that tell weeks, months and unknown days apart."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db.papers import upsert
from db.tags import set_tags

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, day: datetime | None, *stages: str) -> None:
    paper = Paper(id=f"2401.{number:05d}", title="T", submitted=day, updated=NOW)
    upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    tags = tuple(Tag(kind="stage", value=stage, confidence=0.9) for stage in stages)
    set_tags(db, {paper.id: Tagging(tags=tags, confidence={})})


def fill(db: Database) -> None:
    """Six papers: two in one week, one of which only the month is known, one without a stage."""
    add(db, 1, datetime(2024, 1, 1, 23, 59, tzinfo=UTC), "build")  # a Monday
    add(db, 2, datetime(2024, 1, 7, tzinfo=UTC), "build", "ask")  # the Sunday of the same week
    add(db, 3, datetime(2024, 1, 8, tzinfo=UTC), "ask")
    add(db, 4, datetime(2024, 2, 1, tzinfo=UTC), "ask")
    add(db, 5, None, "ask")  # some day in January
    add(db, 6, datetime(2024, 1, 8, tzinfo=UTC))
