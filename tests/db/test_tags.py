"""Does a person's word stand for ever, and does each kind have one voice?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Evidence, Tag, Tagging
from db.papers import count, get, upsert
from db.records import Filters
from db.rows import UnknownPaper
from db.tags import correct, corrected, effective, set_curated, set_tags, uncorrect

NOW = datetime(2026, 8, 3, tzinfo=UTC)
ID = "2401.00001"


@pytest.fixture(autouse=True)
def _a_paper(db: Database) -> None:
    upsert(db, [Paper(id=ID, title="T")], source="arxiv", day=NOW.date(), seen_at=NOW)


def tagging(*tags: tuple[str, str, float]) -> Tagging:
    made: list[Any] = [Tag(kind=kind, value=value, confidence=sure) for kind, value, sure in tags]  # type: ignore[arg-type]
    return Tagging(tags=tuple(made), confidence={"ask": 0.25})


def held(db: Database) -> list[tuple[str, str, str]]:
    return [(tag.kind, tag.value, tag.origin) for tag in effective(db, [ID])[ID]]


def test_the_taggers_tags_count_where_nobody_else_speaks(db: Database) -> None:
    set_tags(db, {ID: tagging(("stage", "ask", 0.9), ("stage", "build", 0.6), ("topic", "retrieval", 0.8))})
    assert held(db) == [
        ("stage", "ask", "tagger"),
        ("stage", "build", "tagger"),
        ("topic", "retrieval", "tagger"),
    ]


def test_evidence_and_confidence_come_back(db: Database) -> None:
    phrase = Evidence("in-context “learning”", "abstract", 1.5)
    tag = Tag(kind="stage", value="ask", confidence=0.75, evidence=(phrase,))
    set_tags(db, {ID: Tagging(tags=(tag,), confidence={"ask": 0.75, "build": 0.1})})
    stored = get(db, ID)
    assert stored is not None
    assert stored.tags == (tag,)
    assert stored.confidence == {"ask": 0.75, "build": 0.1}


def test_tagging_again_replaces_what_the_tagger_said(db: Database) -> None:
    set_tags(db, {ID: tagging(("stage", "ask", 0.9))})
    set_tags(db, {ID: tagging(("stage", "build", 0.9))})
    assert held(db) == [("stage", "build", "tagger")]


def test_a_correction_outlives_tagging_and_concerns_its_kind_alone(db: Database) -> None:
    set_tags(db, {ID: tagging(("stage", "ask", 0.9), ("topic", "retrieval", 0.8))})
    correct(db, ID, "stage", ["align", "adapt"])
    set_tags(db, {ID: tagging(("stage", "build", 0.9), ("topic", "agents", 0.8))})
    assert held(db) == [("stage", "align", "person"), ("stage", "adapt", "person"), ("topic", "agents", "tagger")]
    assert count(db, Filters(stage="align")) == 1
    assert count(db, Filters(stage="build")) == 0
    assert corrected(db, ID) == {"stage": ("align", "adapt")}


def test_none_of_this_kind_is_a_correction_too(db: Database) -> None:
    set_tags(db, {ID: tagging(("stage", "ask", 0.9))})
    correct(db, ID, "stage", [])
    set_tags(db, {ID: tagging(("stage", "ask", 0.9))})
    assert held(db) == []
    assert corrected(db, ID) == {"stage": ()}


def test_a_correction_can_be_corrected_and_taken_back(db: Database) -> None:
    set_tags(db, {ID: tagging(("stage", "ask", 0.9))})
    correct(db, ID, "stage", [])
    correct(db, ID, "stage", ["build"])
    assert held(db) == [("stage", "build", "person")]
    uncorrect(db, ID, "stage")
    assert held(db) == [("stage", "ask", "tagger")]
    assert corrected(db, ID) == {}


def test_a_curated_source_stands_between_person_and_tagger(db: Database) -> None:
    set_tags(db, {ID: tagging(("stage", "ask", 0.9), ("application", "law", 0.8))})
    set_curated(db, {ID: {"stage": ("build",), "application": ()}})
    assert held(db) == [("stage", "build", "curated")]
    set_tags(db, {ID: tagging(("stage", "ask", 0.9), ("application", "law", 0.8))})
    assert held(db) == [("stage", "build", "curated")]
    correct(db, ID, "stage", ["adapt"])
    assert held(db) == [("stage", "adapt", "person")]
    uncorrect(db, ID, "stage")
    assert held(db) == [("stage", "build", "curated")]


def test_tags_of_unknown_papers_are_passed_over_and_corrections_named(db: Database) -> None:
    set_tags(db, {"2401.99999": tagging(("stage", "ask", 0.9))})
    assert effective(db, ["2401.99999"]) == {}
    with pytest.raises(UnknownPaper, match=r"2401\.99999"):
        correct(db, "2401.99999", "stage", ["ask"])


def test_a_kind_that_does_not_exist_is_named(db: Database) -> None:
    with pytest.raises(ValueError, match="'colour' does not exist"):
        correct(db, ID, "colour", ["blue"])  # type: ignore[arg-type]
