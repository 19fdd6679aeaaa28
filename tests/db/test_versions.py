"""Does each version keep its words, where a source told of them, and is the rest said to be unknown?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from core.papers.paper import Paper, Version
from db.papers import upsert
from db.versions import versions_of

V1 = datetime(2026, 1, 5, tzinfo=UTC)
SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(db: Database, *, version: int, title: str, day: int = 0, history: tuple[Version, ...] = ()) -> None:
    paper = Paper(
        id="2601.00001",
        title=title,
        abstract=f"Abstract {version}.",
        authors=("Ada",),
        version=version,
        submitted=V1,
        updated=V1 + timedelta(days=version - 1),
        history=history,
    )
    upsert(db, [paper], source="arxiv", day=(SEEN + timedelta(days=day)).date(), seen_at=SEEN + timedelta(days=day))


def test_the_words_of_a_version_outlive_the_next_one(db: Database) -> None:
    told(db, version=1, title="Old")
    told(db, version=3, title="New", day=2)
    first, third = versions_of(db, "2601.00001")
    assert (first.number, first.title, first.abstract, first.submitted) == (1, "Old", "Abstract 1.", V1)
    assert (third.number, third.title, third.authors) == (3, "New", ("Ada",))
    assert (first.seen, third.seen) == (SEEN, SEEN + timedelta(days=2))


def test_a_version_of_which_only_the_day_was_told_has_no_words(db: Database) -> None:
    history = (Version(1, V1), Version(2, V1 + timedelta(days=1)))
    told(db, version=2, title="New", history=history)
    first, second = versions_of(db, "2601.00001")
    assert (first.title, first.abstract, first.authors, first.submitted) == (None, None, None, V1)
    assert second.title == "New"


def test_a_paper_that_is_not_there_has_none(db: Database) -> None:
    assert versions_of(db, "2601.99999") == []
