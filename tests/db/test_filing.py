"""Does the index know what a paper is filed under, whatever changes it?"""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db import notes, papers, reading, tags
from db.filing import VOTE_STEPS, tag_word, votes_word
from db.papers import browse, upsert
from db.records import Filters

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, *, source: str = "arxiv", **fields: Any) -> str:
    fields.setdefault("title", f"Paper {number}")
    paper = Paper(id=f"2401.{number:05d}", submitted=datetime(2024, 1, number, tzinfo=UTC), **fields)
    upsert(db, [paper], source=source, day=NOW.date(), seen_at=NOW)
    return paper.id


def ids(db: Database, text: str, **filters: Any) -> list[str]:
    return [stored.paper.id for stored in browse(db, filters=Filters(text=text, **filters), limit=50)]


def is_whole(db: Database) -> None:
    """The index holds what the papers say, to the letter; SQLite raises where it does not."""
    db.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)")


def filed(db: Database, stage: str, paper: str) -> None:
    tags.set_tags(db, {paper: Tagging(tags=(Tag(kind="stage", value=stage, confidence=0.9),), confidence={stage: 0.9})})


def test_a_paper_is_found_by_source_category_and_tag(db: Database) -> None:
    one = add(db, 1, categories=("cs.CL", "I.2.7"))
    other = add(db, 2, source="huggingface", categories=("hep-th",), topics=("long-context",))
    assert ids(db, "source:arxiv") == ids(db, "cat:cs.CL") == ids(db, "cat:cs") == ids(db, "cat:I.2.7") == [one]
    assert ids(db, "source:huggingface") == ids(db, "topic:long-context") == ids(db, "cat:hep-th") == [other]
    assert ids(db, 'topic:"long context"') == [other]
    is_whole(db)


def test_another_sources_word_adds_to_it(db: Database) -> None:
    paper = add(db, 1)
    add(db, 1, source="huggingface", upvotes=12)
    assert ids(db, "source:arxiv source:huggingface votes>10") == [paper]
    assert ids(db, "votes>12") == []
    is_whole(db)


def test_a_correction_moves_a_paper_and_its_undoing_moves_it_back(db: Database) -> None:
    paper = add(db, 1)
    filed(db, "build", paper)
    assert ids(db, "stage:build") == [paper]
    tags.correct(db, paper, "stage", ["ask"])
    assert (ids(db, "stage:build"), ids(db, "stage:ask")) == ([], [paper])
    tags.uncorrect(db, paper, "stage")
    assert (ids(db, "stage:build"), ids(db, "stage:ask")) == ([paper], [])
    is_whole(db)


def test_reading_moves_a_paper(db: Database) -> None:
    one, other = add(db, 1), add(db, 2)
    change = reading.set_state(db, one, "saved")
    reading.toggle_star(db, other)
    assert (ids(db, "is:saved"), ids(db, "is:unread"), ids(db, "is:starred")) == ([one], [other], [other])
    reading.undo(db, change)
    assert ids(db, "is:unread") == [other, one]
    is_whole(db)


def test_what_is_noted_on_a_paper_is_found_korean_too(db: Database) -> None:
    one, other = add(db, 1), add(db, 2)
    note = notes.add(db, title="세미나", body="망각은 왜 일어나는가", pins=[notes.Pin("paper", one)])
    assert ids(db, "망각") == ids(db, "세미나 paper") == [one]
    notes.edit(db, note, pins=[notes.Pin("paper", other)])
    assert ids(db, "망각") == [other]
    notes.delete(db, note)
    assert ids(db, "망각") == []
    is_whole(db)


def test_a_paper_whose_day_becomes_known_stays_filed(db: Database) -> None:
    upsert(db, [Paper(id="2401.00009", title="Zebra")], source="rss", day=NOW.date(), seen_at=NOW)
    paper = add(db, 9, title="Zebra")
    assert ids(db, "zebra source:rss after:2024-01-09") == [paper]
    is_whole(db)


def test_a_withdrawn_paper_is_kept_and_marked(db: Database) -> None:
    paper = add(db, 1)
    assert papers.mark_deleted(db, [paper, "2401.99999"], source="oai", day=date(2026, 8, 4), seen_at=NOW) == 1
    again = papers.mark_deleted(db, [paper], source="oai", day=date(2026, 8, 5), seen_at=NOW)
    assert again == 0, "told once more, nothing has changed"
    assert ids(db, "is:withdrawn") == [paper]
    assert (stored := papers.get(db, paper)) is not None
    assert stored.paper.withdrawn
    is_whole(db)


def test_new_is_what_came_after_the_last_visit(db: Database) -> None:
    old = add(db, 1)
    young = Paper(id="2312.00001", title="Older, but came later", submitted=datetime(2023, 12, 1, tzinfo=UTC))
    upsert(db, [young], source="arxiv", day=NOW.date(), seen_at=datetime(2026, 8, 3, 9, tzinfo=UTC))
    visited = datetime(2026, 8, 3, 8, tzinfo=UTC)
    assert ids(db, "is:new", visited=visited) == [young.id]
    assert ids(db, "-is:new", visited=visited) == [old]


@pytest.mark.parametrize("votes", range(130))
def test_the_step_of_a_number_of_votes_is_the_highest_below_it(votes: int) -> None:
    steps = [step for step in VOTE_STEPS if step <= votes]
    assert votes_word(votes) == (f"votesx{steps[-1]}0" if steps else None)


def test_words_of_different_values_differ() -> None:
    words = {tag_word("cat", value) for value in ("cs.CL", "cs.C", "cs.CLx", "cs", "csxcl0", "cs.CV")}
    assert len(words) == 6
