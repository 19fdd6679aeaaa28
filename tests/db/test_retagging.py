"""Is nothing written where the tagger says the same, and does a person's word stand whatever it says?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Evidence, Tag, Tagging
from db import trends
from db.connect import open_catalog
from db.filing import refile, tag_word
from db.papers import count, upsert
from db.records import Filters
from db.retagging import Refiled, rewrite_tags
from db.rows import key_of
from db.tags import correct, corrections, effective, set_curated, set_tags, uncorrect

NOW = datetime(2026, 8, 3, tzinfo=UTC)
IDS = [f"2401.0000{number}" for number in range(1, 5)]
STAGES = ("build", "adapt", "align", "ask")


def tagging(*stages: str, sure: float = 0.9, topics: tuple[str, ...] = ()) -> Tagging:
    phrase = Evidence("a “phrase”", "title", 1.25)
    tags = [Tag(kind="stage", value=stage, confidence=sure, evidence=(phrase,)) for stage in stages]
    tags += [Tag(kind="topic", value=topic, confidence=sure) for topic in topics]
    return Tagging(tags=tuple(tags), confidence={stage: sure if stage in stages else 0.1 for stage in STAGES})


def fill(db: Database) -> None:
    papers = [Paper(id=each, title="T", submitted=datetime(2024, 1, 2, tzinfo=UTC)) for each in IDS]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)


@pytest.fixture
def keys(db: Database) -> dict[str, int]:
    """Four papers, all filed under Ask."""
    fill(db)
    set_tags(db, dict.fromkeys(IDS, tagging("ask", topics=("retrieval",))))
    trends.settle(db)
    return {each: key_of(db, each) for each in IDS}


def marked(db: Database) -> list[Any]:
    return list(db.conn.execute("SELECT day FROM trend_days"))


def test_what_is_said_as_before_is_not_written(db: Database, keys: dict[str, int]) -> None:
    before = db.conn.total_changes
    assert rewrite_tags(db, dict.fromkeys(keys.values(), tagging("ask", topics=("retrieval",)))) == {}
    assert db.conn.total_changes == before


def test_another_confidence_is_written_and_changes_no_count(db: Database, keys: dict[str, int]) -> None:
    said = tagging("ask", sure=0.7, topics=("retrieval",))
    assert rewrite_tags(db, dict.fromkeys(keys.values(), said)) == {}
    assert effective(db, IDS)[IDS[0]] == said.tags
    assert marked(db) == []


def test_papers_that_change_stage_are_named_and_found_there(db: Database, keys: dict[str, int]) -> None:
    first, second, third, _ = keys.values()
    found = rewrite_tags(
        db,
        {
            first: tagging("build", "ask", topics=("retrieval",)),
            second: tagging(),
            third: tagging("ask", topics=("agents",)),
        },
    )
    assert found == {first: Refiled(("ask",), ("build", "ask")), second: Refiled(("ask",), ())}
    assert count(db, Filters(stage="build")) == 1 and count(db, Filters(stage="ask")) == 3
    assert count(db, Filters(topic="agents")) == 1
    assert marked(db) == [(20240102,)]
    assert trends.recount(db) == 0


def test_a_curated_list_stands_before_the_tagger(db: Database, keys: dict[str, int]) -> None:
    set_curated(db, {IDS[0]: {"stage": ("align",)}})
    assert rewrite_tags(db, {keys[IDS[0]]: tagging("build")}) == {}
    assert count(db, Filters(stage="align")) == 1


values = st.lists(st.sampled_from(STAGES), unique=True, max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("correct"), st.sampled_from(IDS), values),
        st.tuples(st.just("uncorrect"), st.sampled_from(IDS), st.just([])),
        st.tuples(st.just("retag"), st.sampled_from(IDS), values),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_a_persons_word_stands_whatever_the_tagger_says(taken: list[tuple[str, str, list[str]]]) -> None:
    with TemporaryDirectory() as folder:
        db = open_catalog(Path(folder) / "catalog.db")
        fill(db)
        person: dict[str, tuple[str, ...]] = {}
        tagger: dict[str, tuple[str, ...]] = {}
        for what, paper, stages in taken:
            if what == "correct":
                correct(db, paper, "stage", stages)
                person[paper] = tuple(stages)
            elif what == "uncorrect":
                uncorrect(db, paper, "stage")
                person.pop(paper, None)
            else:
                rewrite_tags(db, {key_of(db, paper): tagging(*stages)})
                tagger[paper] = tuple(stages)
        wanted = {paper: person.get(paper, tagger.get(paper, ())) for paper in IDS}
        assert {paper: tuple(tag.value for tag in tags) for paper, tags in effective(db, IDS).items()} == wanted
        assert corrections(db, "stage") == person
        check_index_and_counts(db, wanted)
        db.close()


def check_index_and_counts(db: Database, wanted: Mapping[str, tuple[str, ...]]) -> None:
    """The index says what papers are filed under, and a count of everything finds no other number."""
    for paper, filed in db.conn.execute("SELECT id, filed FROM papers"):
        words = {word for word in filed.split() if word.startswith("stagex")}
        assert words == {tag_word("stage", stage) for stage in wanted[paper]}
    trends.settle(db)
    assert trends.recount(db) == 0
    before = db.conn.total_changes
    refile(db, [key_of(db, paper) for paper in IDS])
    assert db.conn.total_changes == before
