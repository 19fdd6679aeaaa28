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
from db.tags import (
    correct,
    correct_many,
    corrected,
    corrections,
    effective,
    otherwise,
    set_curated,
    set_tags,
    uncorrect,
    undo,
)

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


# --- several papers at once -------------------------------------------------------------------------------------------

MORE = ["2401.00002", "2401.00003"]


@pytest.fixture
def more(db: Database) -> list[str]:
    """Three papers in all, filed by the tagger."""
    upsert(db, [Paper(id=each, title="T") for each in MORE], source="arxiv", day=NOW.date(), seen_at=NOW)
    set_tags(db, dict.fromkeys([ID, *MORE], tagging(("stage", "ask", 0.9), ("topic", "retrieval", 0.8))))
    return [ID, *MORE]


def stages(db: Database, ids: list[str]) -> list[tuple[str, ...]]:
    return [tuple(tag.value for tag in found if tag.kind == "stage") for found in effective(db, ids).values()]


def test_several_papers_are_filed_at_once_and_taken_back_at_once(db: Database, more: list[str]) -> None:
    change = correct_many(db, more, "stage", ["build", "adapt", "build"])
    assert stages(db, more) == [("build", "adapt")] * 3
    assert count(db, Filters(stage="build")) == 3 and count(db, Filters(stage="ask")) == 0
    undo(db, change)
    assert stages(db, more) == [("ask",)] * 3
    assert corrections(db, "stage") == {}


def test_taking_back_goes_to_what_the_person_had_said_before(db: Database, more: list[str]) -> None:
    correct(db, more[0], "stage", [])
    correct(db, more[1], "stage", ["align"])
    change = correct_many(db, more, "stage", ["build"])
    assert change.before == {more[0]: (), more[1]: ("align",), more[2]: None}
    again = undo(db, change)
    assert stages(db, more) == [(), ("align",), ("ask",)]
    undo(db, again)
    assert stages(db, more) == [("build",)] * 3


def test_an_unknown_paper_among_several_leaves_all_as_they_were(db: Database, more: list[str]) -> None:
    with pytest.raises(UnknownPaper, match=r"2401\.99999"):
        correct_many(db, [*more, "2401.99999"], "stage", ["build"])
    assert stages(db, more) == [("ask",)] * 3


def test_a_paper_that_is_gone_is_no_hindrance_to_taking_back(db: Database, more: list[str]) -> None:
    change = correct_many(db, more, "stage", ["build"])
    db.conn.execute("DELETE FROM papers WHERE id = ?", (more[0],))
    undo(db, change)
    assert stages(db, more[1:]) == [("ask",)] * 2


def test_corrections_are_listed_by_kind_the_newest_papers_first(db: Database, more: list[str]) -> None:
    correct(db, more[0], "stage", ["build", "adapt"])
    correct(db, more[2], "stage", [])
    correct(db, more[1], "topic", ["peft"])
    assert list(corrections(db, "stage").items()) == [(more[2], ()), (more[0], ("build", "adapt"))]
    assert corrections(db, "topic") == {more[1]: ("peft",)}


def test_what_papers_would_be_without_a_person_is_known(db: Database, more: list[str]) -> None:
    set_curated(db, {more[1]: {"stage": ("build",), "topic": ()}})
    correct_many(db, more, "stage", ["align"])
    assert otherwise(db, more) == {
        more[0]: {"stage": ("ask",), "topic": ("retrieval",)},
        more[1]: {"stage": ("build",), "topic": ()},
        more[2]: {"stage": ("ask",), "topic": ("retrieval",)},
    }
