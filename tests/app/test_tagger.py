"""Which tagger files what comes in: the shipped one, the retrained one, and never one that was made for another."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlite_utils import Database

from app.retraining import work
from app.tagger import CatalogTagger, standing
from core.papers.tagging import tag_papers
from db import retrainings
from db.papers import upsert
from db.tags import correct_many, effective
from tests.core.papers.lens.lens_papers import papers_about

NOW = datetime(2026, 8, 3, tzinfo=UTC)
NEW = papers_about("ask", 5, first=100)


def add(db: Database, stage: str, n: int, tagger: CatalogTagger | None = None) -> list[str]:
    papers = papers_about(stage, n)
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW, tagger=tagger or CatalogTagger(db))
    return [paper.id for paper in papers]


def retrain(db: Database) -> None:
    """Papers on retrieval belong to building, says the reader of this catalog."""
    for stage in ("build", "align", "adapt"):
        add(db, stage, 20)
    correct_many(db, add(db, "ask", 12), "stage", ["build"])
    work.ask(db)
    work.work(db)


def test_the_shipped_tagger_files_until_somebody_retrains_it(catalog: Database) -> None:
    assert standing(catalog) == ("shipped", None)
    assert CatalogTagger(catalog)(NEW) == tag_papers(NEW)


def test_a_retraining_takes_hold_of_a_sync_that_is_going_on(catalog: Database) -> None:
    tagger = CatalogTagger(catalog)
    assert [found.values("stage") for found in tagger(NEW)] == [("ask",)] * 5
    retrain(catalog)
    assert [found.values("stage") for found in tagger(NEW)] == [("build",)] * 5
    upsert(catalog, NEW, source="arxiv", day=NOW.date(), seen_at=NOW, tagger=tagger)
    assert {tag.value for tag in effective(catalog, [NEW[0].id])[NEW[0].id] if tag.kind == "stage"} == {"build"}
    work.ask_shipped(catalog)
    assert tagger(NEW) == tag_papers(NEW)


def test_what_was_learned_for_another_shipped_tagger_is_set_aside(catalog: Database) -> None:
    retrain(catalog)
    assert standing(catalog).name == "personal"
    catalog.conn.execute(
        "UPDATE teachings SET base = 'another', difference = replace(difference, '\"base\":\"', '\"base\":\"x')"
    )
    name, teaching = standing(catalog)
    assert name == "set aside" and teaching is not None and len(teaching.corrections) == 12
    assert CatalogTagger(catalog)(NEW) == tag_papers(NEW)
    # It can be learned again, for the tagger that there is now.
    assert work.outlook(catalog) == (12, 12)
    work.ask(catalog)
    work.work(catalog)
    assert standing(catalog).name == "personal"
    assert [found.values("stage") for found in CatalogTagger(catalog)(NEW)] == [("build",)] * 5


def test_a_retraining_that_is_only_asked_for_files_nothing(catalog: Database) -> None:
    correct_many(catalog, add(catalog, "ask", 2), "stage", ["build"])
    assert retrainings.ask(catalog).state == "asked"
    assert CatalogTagger(catalog)(NEW) == tag_papers(NEW)
