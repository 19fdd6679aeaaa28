"""What can the tagger be taught from? Curated papers that nobody corrected, and an even sample of all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from core.papers.paper import Paper
from db.papers import upsert
from db.tags import correct, set_curated
from db.teachings import curated_stages, sample_ids, texts_of

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, n: int) -> list[str]:
    papers = [
        Paper(
            id=f"24{1 + number % 12:02d}.{number:05d}",
            title=f"T{number}",
            submitted=datetime(2024, 1, 2, tzinfo=UTC) + timedelta(days=30 * (number % 12)),
        )
        for number in range(1, n + 1)
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    return [paper.id for paper in papers]


def test_curated_papers_are_known_by_their_stages_unless_a_person_spoke(db: Database) -> None:
    one, two, three, four = add(db, 4)
    set_curated(db, {one: {"stage": ("ask", "build")}, two: {"stage": ()}, three: {"stage": ("align",)}})
    set_curated(db, {four: {"topic": ("peft",)}})
    correct(db, three, "stage", ["adapt"])
    correct(db, one, "topic", [])
    assert curated_stages(db) == {one: ("ask", "build"), two: ()}


def test_a_small_catalog_is_sampled_whole_and_a_large_one_evenly(db: Database) -> None:
    ids = add(db, 600)
    assert sample_ids(db, 600) == sorted(ids)
    some = sample_ids(db, 100)
    assert 50 <= len(some) <= 200
    assert some == sample_ids(db, 100)
    assert len({paper_id[:4] for paper_id in some}) == 12, "papers of every month"


def test_texts_are_what_the_tagger_reads(db: Database) -> None:
    paper = Paper(id="2401.00001", title="T", abstract="A", keywords=("k",), authors=("Ada",), upvotes=3)
    upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    wanted = Paper(id="2401.00001", title="T", abstract="A", keywords=("k",))
    assert texts_of(db, ["2401.00001", "2401.99999"]) == {"2401.00001": wanted}
