"""Is it always known which tagger is in force, and how far the catalog follows it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db import retrainings, teachings
from db.papers import upsert
from db.retrainings import Busy, Example, Retraining
from db.tags import effective, set_tags

NOW = datetime(2026, 8, 3, tzinfo=UTC)
IDS = [f"2401.{number:05d}" for number in range(1, 8)]


def tagging(stage: str) -> Tagging:
    return Tagging(tags=(Tag(kind="stage", value=stage, confidence=0.9),), confidence={stage: 0.9})


def paper(paper_id: str, title: str = "T") -> Paper:
    return Paper(id=paper_id, title=title, abstract="A", keywords=("k",), submitted=datetime(2024, 1, 2, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _papers(db: Database) -> None:
    """Seven papers, of which the tagger has read all but the last."""
    upsert(db, map(paper, IDS), source="arxiv", day=NOW.date(), seen_at=NOW)
    set_tags(db, dict.fromkeys(IDS[:-1], tagging("ask")))


def teach(db: Database) -> int:
    return teachings.add(db, base="b", corrections={IDS[0]: ("ask",)}, difference={"bias": [1]}, figures={"n": 1})


def in_force(db: Database, teaching: int) -> Retraining:
    """A retraining whose catalog is still to be filed."""
    row = retrainings.ask(db)
    retrainings.put_in_force(db, row.id, teaching)
    return retrainings.get(db, row.id)


def file_some(db: Database, row: Retraining, limit: int, stage: str) -> Retraining | None:
    texts = retrainings.texts_to_file(db, row, limit)
    return retrainings.file_again(db, row.id, texts, [tagging(stage)] * len(texts))


def test_a_fresh_catalog_was_never_retrained(db: Database) -> None:
    assert (retrainings.last(db), retrainings.in_force(db), retrainings.open_one(db)) == (None, None, None)


def test_what_is_asked_for_is_in_force_when_it_is_learned(db: Database) -> None:
    row = retrainings.ask(db)
    assert row.state == "asked" and row.is_open and retrainings.in_force(db) is None
    teaching = teach(db)
    retrainings.put_in_force(db, row.id, teaching)
    found = retrainings.in_force(db)
    assert found is not None and (found.state, found.teaching, found.total) == ("filing", teaching, 6)
    taught = teachings.get(db, teaching)
    assert (taught.corrections, taught.difference, taught.figures) == ({IDS[0]: ("ask",)}, {"bias": [1]}, {"n": 1})


def test_there_is_one_at_a_time(db: Database) -> None:
    retrainings.ask(db)
    with pytest.raises(Busy, match="let it end, or cancel it"):
        retrainings.ask(db)


def test_the_catalog_follows_from_the_newest_down_and_says_what_changed(db: Database) -> None:
    row = in_force(db, teach(db))
    texts = retrainings.texts_to_file(db, row, 4)
    assert [text.paper for text in texts] == [
        Paper(id=each, title="T", abstract="A", keywords=("k",)) for each in IDS[5:1:-1]
    ]
    found = file_some(db, row, 4, "build")
    assert found is not None and (found.done, found.changed, found.moves) == (4, 4, {"build": (4, 0), "ask": (0, 4)})
    assert found.examples[0] == Example(IDS[5], ("ask",), ("build",))
    rest = file_some(db, found, 4, "ask")
    assert rest is not None and (rest.done, rest.changed) == (6, 4)
    assert retrainings.texts_to_file(db, rest, 4) == []
    retrainings.finish(db, row.id)
    done = retrainings.get(db, row.id)
    assert done.state == "finished" and done.finished is not None and not done.is_open
    assert retrainings.open_one(db) is None and retrainings.in_force(db) == done


def test_a_paper_that_changed_meanwhile_keeps_what_its_newer_text_says(db: Database) -> None:
    row = in_force(db, teach(db))
    texts = retrainings.texts_to_file(db, row, 9)
    later = NOW + timedelta(days=1)

    def tagger(papers: object) -> list[Tagging]:
        return [tagging("align")]

    upsert(db, [paper(IDS[2], "Another title")], source="arxiv", day=later.date(), seen_at=later, tagger=tagger)
    db.conn.execute("DELETE FROM papers WHERE id = ?", (IDS[3],))
    retrainings.file_again(db, row.id, texts, [tagging("build")] * len(texts))
    stages = {each: [tag.value for tag in tags] for each, tags in effective(db, IDS).items()}
    assert stages == {each: ["build"] for each in IDS[:6] if each != IDS[3]} | {IDS[2]: ["align"], IDS[6]: []}


def test_a_cancelled_one_writes_nothing_more_and_what_was_before_is_in_force(db: Database) -> None:
    first = in_force(db, teach(db))
    retrainings.finish(db, first.id)
    second = in_force(db, teach(db))
    texts = retrainings.texts_to_file(db, second, 9)
    retrainings.cancel(db)
    assert retrainings.file_again(db, second.id, texts, [tagging("build")] * len(texts)) is None
    retrainings.finish(db, second.id)
    assert retrainings.get(db, second.id).state == "cancelled"
    back = retrainings.open_one(db)
    assert back is not None and (back.state, back.teaching, back.at) == ("filing", first.teaching, None)
    assert retrainings.in_force(db) == back
    assert [tag.value for tag in effective(db, IDS[:1])[IDS[0]]] == ["ask"]


def test_cancelling_before_it_is_learned_leaves_nothing_to_do(db: Database) -> None:
    row = retrainings.ask(db)
    retrainings.cancel(db)
    retrainings.put_in_force(db, row.id, teach(db))
    assert retrainings.in_force(db) is None and retrainings.open_one(db) is None
    retrainings.cancel(db)
    assert retrainings.get(db, row.id).state == "cancelled"


def test_the_tagger_as_shipped_takes_the_place_of_what_is_under_way(db: Database) -> None:
    row = in_force(db, teach(db))
    shipped = retrainings.ask_shipped(db)
    assert retrainings.get(db, row.id).state == "cancelled"
    assert retrainings.in_force(db) == retrainings.open_one(db) == shipped
    assert shipped.teaching is None and shipped.total == 6


def test_what_cannot_be_learned_says_why_and_changes_nothing(db: Database) -> None:
    row = retrainings.ask(db)
    retrainings.fail(db, row.id, "there is no correction")
    assert (retrainings.get(db, row.id).state, retrainings.get(db, row.id).message) == (
        "failed",
        "there is no correction",
    )
    assert retrainings.in_force(db) is None and retrainings.ask(db).id > row.id


def test_more_examples_than_are_shown_are_counted_only(db: Database) -> None:
    more = [f"2402.{number:05d}" for number in range(1, 40)]
    upsert(db, map(paper, more), source="arxiv", day=NOW.date(), seen_at=NOW)
    set_tags(db, dict.fromkeys(more, tagging("ask")))
    found = file_some(db, in_force(db, teach(db)), 100, "build")
    assert found is not None
    assert (found.changed, len(found.examples), found.examples[0].id) == (45, retrainings.EXAMPLES, more[-1])


def test_an_unknown_one_is_named(db: Database) -> None:
    with pytest.raises(LookupError, match="7"):
        retrainings.get(db, 7)
    with pytest.raises(LookupError, match="7"):
        teachings.get(db, 7)
