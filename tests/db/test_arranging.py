"""Does every paper of a list stand once, under the right heading, in its order? And how it stands with its reader."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db import reading
from db.arranging import EARLIER, NEWS, NOWHERE, TODAY, Place, arranged, standing
from db.papers import upsert
from db.reading import Reading
from db.tags import correct, set_tags

NOW = datetime(2026, 8, 3, tzinfo=UTC)
STAGES = ["build", "adapt", "align", "ask"]


def add(db: Database, first: int, n: int, *, seen: datetime = NOW, listed: datetime | None = None) -> list[str]:
    """Papers of one day, the ids of which rise."""
    papers = [
        Paper(
            id=f"2401.{number:05d}",
            title="T",
            submitted=datetime(2024, 1, 2, tzinfo=UTC),
            listed=None if listed is None else listed.date(),
        )
        for number in range(first, first + n)
    ]
    upsert(db, papers, source="huggingface" if listed else "arxiv", day=seen.date(), seen_at=seen)
    return [paper.id for paper in papers]


def keys(db: Database) -> list[int]:
    """All papers, newest first."""
    return [key for (key,) in db.conn.execute("SELECT key FROM papers ORDER BY key DESC")]


def told(places: list[Place]) -> list[tuple[str, str]]:
    return [(place.group, place.id[-2:]) for place in places]


def by_time(db: Database, since: datetime | None) -> list[tuple[str, str]]:
    return told(arranged(db, keys(db), by="time", stages=STAGES, since=since))


def tag(db: Database, paper: str, *stages: str) -> None:
    tags = tuple(
        Tag(kind="stage", value=stage, confidence=0.9 - 0.1 * place, evidence=()) for place, stage in enumerate(stages)
    )
    set_tags(db, {paper: Tagging(tags=tags, confidence={})})


def test_by_date_papers_stand_as_they_come_without_headings(db: Database) -> None:
    ids = add(db, 1, 3)
    assert arranged(db, keys(db), by="", stages=STAGES, since=NOW) == [Place(paper) for paper in ids[::-1]]


def test_what_came_since_the_visit_stands_first_then_the_day_of_hugging_face_then_the_rest(db: Database) -> None:
    visit = NOW + timedelta(hours=1)
    add(db, 1, 1)
    add(db, 2, 1, listed=NOW)
    add(db, 3, 1, listed=NOW + timedelta(days=1))
    add(db, 4, 1, seen=NOW + timedelta(hours=2))
    add(db, 5, 1, seen=NOW + timedelta(hours=2), listed=NOW + timedelta(days=1))
    assert by_time(db, visit) == [(NEWS, "05"), (NEWS, "04"), (TODAY, "03"), (EARLIER, "02"), (EARLIER, "01")]


def test_nothing_is_news_on_the_first_visit(db: Database) -> None:
    add(db, 1, 2)
    add(db, 3, 1, listed=NOW)
    assert by_time(db, None) == [(TODAY, "03"), (EARLIER, "02"), (EARLIER, "01")]


def test_one_heading_for_all_that_is_old_says_nothing_and_is_left_out(db: Database) -> None:
    add(db, 1, 2)
    assert by_time(db, NOW + timedelta(hours=1)) == [("", "02"), ("", "01")]


def test_by_stage_each_stands_once_under_the_stage_that_fits_best(db: Database) -> None:
    one, two, three, _four = add(db, 1, 4)
    tag(db, one, "ask")
    tag(db, two, "adapt", "build")
    tag(db, three, "build", "adapt")
    places = arranged(db, keys(db), by="stage", stages=STAGES, since=None)
    assert told(places) == [("build", "03"), ("adapt", "02"), ("ask", "01"), (NOWHERE, "04")]


def test_a_persons_word_moves_a_paper_to_its_stage(db: Database) -> None:
    (one,) = add(db, 1, 1)
    tag(db, one, "ask")
    correct(db, one, "stage", ["align"])
    assert told(arranged(db, keys(db), by="stage", stages=STAGES, since=None)) == [("align", "01")]


@pytest.mark.parametrize("by", ["", "time", "stage"])
def test_unknown_keys_are_left_out(db: Database, by: Literal["", "time", "stage"]) -> None:
    add(db, 1, 2)
    found = arranged(db, [1, *keys(db), 2**60], by=by, stages=STAGES, since=NOW)
    assert [place.id for place in found] == ["2401.00002", "2401.00001"]
    assert arranged(db, [], by=by, stages=STAGES, since=NOW) == []


@pytest.mark.parametrize("by", ["", "time", "stage"])
def test_a_thousand_papers_are_arranged_at_once(db: Database, by: Literal["", "time", "stage"]) -> None:
    ids = add(db, 1, 1_000)
    began = time.process_time()
    found = arranged(db, keys(db), by=by, stages=STAGES, since=NOW - timedelta(days=1))
    assert time.process_time() - began < 0.5
    assert [place.id for place in found] == ids[::-1]


@given(order=st.permutations(range(12)), seen=st.lists(st.booleans(), min_size=12, max_size=12))
def test_within_a_heading_the_order_of_the_list_stays(papers_of: Database, order: list[int], seen: list[bool]) -> None:
    every = keys(papers_of)
    for key, fresh in zip(every, seen, strict=True):
        moment = NOW + timedelta(hours=2 if fresh else 0)
        papers_of.conn.execute("UPDATE papers SET seen = ? WHERE key = ?", (moment.isoformat(), key))
    asked = [every[place] for place in order]
    ids = dict(papers_of.conn.execute("SELECT id, key FROM papers").fetchall())
    found = arranged(papers_of, asked, by="time", stages=STAGES, since=NOW + timedelta(hours=1))
    assert sorted(place.id for place in found) == sorted(ids)
    for group in (NEWS, EARLIER, ""):
        places = [asked.index(ids[place.id]) for place in found if place.group == group]
        assert places == sorted(places)


@pytest.fixture(scope="module")
def papers_of(tmp_path_factory: pytest.TempPathFactory) -> Database:
    from db.connect import open_catalog

    catalog = open_catalog(tmp_path_factory.mktemp("arranging") / "catalog.db")
    add(catalog, 1, 12)
    return catalog


def test_only_papers_that_were_marked_are_told_of(db: Database) -> None:
    read, starred, back, _untouched = add(db, 1, 4)
    reading.set_state(db, read, "read")
    reading.toggle_star(db, starred)
    reading.set_state(db, back, "skip")
    reading.set_state(db, back, None)
    found = standing(db, ["2401.00001", "2401.00002", "2401.00003", "2401.00004", "9999.99999"])
    assert found == {read: Reading(state="read"), starred: Reading(star=True)}
    assert standing(db, [starred]) == {starred: Reading(star=True)}
    assert standing(db, []) == {}
