"""Does a retraining file the whole catalog by what was corrected, and is it taken back without a trace?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from app.retraining import work
from app.retraining.work import NothingToLearn, Outlook
from app.tagger import CatalogTagger, standing
from core.papers.relearning import effect_of
from db import retrainings, teachings, trends
from db.papers import count, upsert
from db.records import Filters
from db.retrainings import Busy
from db.tags import correct_many, effective, set_curated, uncorrect
from tests.core.papers.lens.lens_papers import papers_about

NOW = datetime(2026, 8, 3, tzinfo=UTC)
MINE = [paper.id for paper in papers_about("ask", 12)]
LIKE_MINE = [paper.id for paper in papers_about("ask", 6, first=50)]


@pytest.fixture
def filled(catalog: Database) -> Database:
    """Papers of every stage, among them some on retrieval that a person files under building."""
    papers = [paper for stage in ("build", "align", "adapt", "none") for paper in papers_about(stage, 20)]
    papers += [*papers_about("ask", 12), *papers_about("ask", 6, first=50)]
    upsert(catalog, papers, source="arxiv", day=NOW.date(), seen_at=NOW, tagger=CatalogTagger(catalog))
    correct_many(catalog, MINE, "stage", ["build"])
    trends.settle(catalog)
    return catalog


def stages(db: Database, ids: list[str]) -> set[str]:
    return {tag.value for tags in effective(db, ids).values() for tag in tags if tag.kind == "stage"}


def contents(db: Database) -> list[list[Any]]:
    """All that a retraining may write of papers."""
    trends.settle(db)
    tables = ("SELECT * FROM tags ORDER BY 1, 2, 3, 4", "SELECT * FROM taggings ORDER BY 1")
    tables += ("SELECT key, filed FROM papers ORDER BY 1", "SELECT * FROM trend_counts ORDER BY 1, 2, 3")
    return [list(db.conn.execute(sql)) for sql in tables]


def retrain(db: Database) -> None:
    work.ask(db)
    work.work(db)


def test_papers_like_the_corrected_ones_follow_and_others_stay(filled: Database) -> None:
    before = count(filled, Filters(stage="align")), count(filled, Filters(stage="adapt"))
    told: list[str] = []
    work.ask(filled)
    work.work(filled, on_step=told.append)
    assert stages(filled, LIKE_MINE) == {"build"}
    assert (count(filled, Filters(stage="align")), count(filled, Filters(stage="adapt"))) == before
    assert count(filled, Filters(stage="build")) == 20 + 12 + 6
    row = retrainings.last(filled)
    assert row is not None and row.state == "finished"
    assert (row.done, row.total, row.changed, row.moves) == (98, 98, 6, {"build": (6, 0), "ask": (0, 6)})
    assert {example.id for example in row.examples} == set(LIKE_MINE)
    assert trends.recount(filled) == 0
    assert told[0].startswith("learning from 12 corrections") and "98 of 98, 6 changed stage" in told[-1]


def test_the_figures_are_kept_with_what_was_learned(filled: Database) -> None:
    curated = [paper.id for paper in papers_about("align", 5)]
    set_curated(filled, {paper_id: {"stage": ("align",)} for paper_id in curated})
    retrain(filled)
    taught = standing(filled).teaching
    assert taught is not None and taught.corrections == dict.fromkeys(MINE, ("build",))
    effect = effect_of(taught.figures)
    assert effect.corrections is not None and effect.curated is not None
    assert (effect.corrections.before.right, effect.corrections.after.right) == (0, 12)
    assert (effect.curated.papers, effect.curated.before.right, effect.curated.after.right) == (5, 5, 5)


def test_going_back_to_the_shipped_tagger_leaves_no_trace(filled: Database) -> None:
    before = contents(filled)
    retrain(filled)
    assert contents(filled) != before
    work.ask_shipped(filled)
    work.work(filled)
    assert contents(filled) == before
    assert standing(filled).name == "shipped"
    assert work.ask_shipped(filled) is None


def test_cancelled_half_way_it_leaves_no_trace(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BATCH", 10)
    before = contents(filled)
    work.ask(filled)

    def cancel(words: str) -> None:
        row = retrainings.open_one(filled)
        if row is not None and row.teaching is not None and row.done >= 30:
            retrainings.cancel(filled)

    work.work(filled, on_step=cancel)
    assert [retrainings.get(filled, number).state for number in (1, 2)] == ["cancelled", "finished"]
    assert contents(filled) == before


def test_stopped_anywhere_it_goes_on_where_it_was(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BATCH", 10)

    class Stopped(BaseException):
        pass

    work.ask(filled)
    steps = 0

    def stop(words: str) -> None:
        nonlocal steps
        steps += 1
        if steps in (2, 9, 12, 15):  # while it learns, of which nothing is kept, and while it files
            raise Stopped

    stops = 0
    while retrainings.open_one(filled) is not None:
        try:
            work.work(filled, on_step=stop)
        except Stopped:
            stops += 1
    assert stops == 4
    row = retrainings.last(filled)
    assert row is not None and (row.id, row.state, row.done, row.changed) == (1, "finished", 98, 6)
    assert stages(filled, LIKE_MINE) == {"build"}


def test_what_has_been_learned_is_not_learned_again(filled: Database) -> None:
    assert work.outlook(filled) == Outlook(12, 12)
    retrain(filled)
    assert work.outlook(filled) == Outlook(12, 0)
    assert work.ask(filled) is None
    uncorrect(filled, MINE[:2], "stage")
    correct_many(filled, LIKE_MINE[:1], "stage", [])
    assert work.outlook(filled) == Outlook(11, 3)
    retrain(filled)
    assert work.outlook(filled) == Outlook(11, 0)


def test_with_no_correction_it_is_said_and_nothing_is_asked_for(catalog: Database) -> None:
    with pytest.raises(NothingToLearn, match="correct some papers"):
        work.ask(catalog)
    assert retrainings.last(catalog) is None
    assert work.ask_shipped(catalog) is None


def test_corrections_that_were_taken_back_before_it_began_are_no_lesson(filled: Database) -> None:
    before = contents(filled)
    work.ask(filled)
    with pytest.raises(Busy):
        work.ask(filled)
    uncorrect(filled, MINE, "stage")
    work.work(filled)
    row = retrainings.last(filled)
    assert row is not None and row.state == "failed" and "no correction" in row.message
    correct_many(filled, MINE, "stage", ["build"])
    assert contents(filled) == before


def test_what_a_person_says_while_it_goes_on_stands(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BATCH", 10)
    said = iter([LIKE_MINE[0], *(paper.id for paper in papers_about("none", 8))])

    def speak(words: str) -> None:
        if (paper_id := next(said, None)) is not None:
            correct_many(filled, [paper_id], "stage", ["adapt"])

    work.ask(filled)
    work.work(filled, on_step=speak)
    assert stages(filled, [LIKE_MINE[0], *(paper.id for paper in papers_about("none", 8))]) == {"adapt"}
    assert stages(filled, LIKE_MINE[1:]) == {"build"}


def test_a_teaching_that_was_cancelled_while_it_was_learned_is_not_kept(filled: Database) -> None:
    work.ask(filled)
    work.work(filled, on_step=lambda words: retrainings.cancel(filled))
    assert standing(filled).name == "shipped"
    with pytest.raises(LookupError):
        teachings.get(filled, 1)
