"""Are the papers named that have the words of a question, with how rare these are, and what do they say?"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import passages
from db.papers import upsert
from db.patience import Late

NOW = datetime(2026, 8, 3, tzinfo=UTC)
TEXTS = {
    "2401.00001": ("Of zebras", "Zebras graze on grass.", ("build",)),
    "2401.00002": ("Of lions", "Lions hunt zebras.", ("ask",)),
    "2401.00003": ("사자", "사자는 얼룩말을 사냥한다.", ("ask",)),
}


@pytest.fixture
def filled(db: Database) -> Database:
    papers = [
        Paper(id=key, title=title, abstract=text, authors=("Ada Grass",), submitted=NOW, stages=stages)
        for key, (title, text, stages) in TEXTS.items()
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    return db


def found(db: Database, asked: dict[str, tuple[str, ...]], stage: str | None = None) -> passages.Having:
    return passages.having(db, asked, stage=stage, end=time.monotonic() + 60)


def test_each_word_names_its_papers_and_the_share_that_has_it(filled: Database) -> None:
    having = found(filled, {"zebra": ("zebras",), "lion": ("lion", "사자"), "bear": ("bear",)})
    assert having.papers == 3
    assert {term: len(keys) for term, keys in having.keys.items()} == {"zebra": 2, "lion": 2, "bear": 0}
    assert having.shares == pytest.approx({"zebra": 2 / 3, "lion": 2 / 3, "bear": 0})


def test_the_papers_whose_words_are_worth_most_come_first(filled: Database) -> None:
    having = found(filled, {"zebra": ("zebra",), "lion": ("lion",), "hunt": ("hunt",)})
    keys = passages.likeliest(having, {"zebra": 1.0, "lion": 2.0, "hunt": 2.0}, most=5)
    assert [said.id for said in passages.said(filled, keys)] == ["2401.00002", "2401.00001"]
    assert passages.likeliest(having, {"zebra": 1.0, "lion": 2.0, "hunt": 2.0}, most=1) == keys[:1]
    assert passages.likeliest(found(filled, {}), {}, most=5) == []


def test_a_korean_word_finds_its_forms_and_a_latin_one_only_itself(filled: Database) -> None:
    assert len(found(filled, {"a": ("얼룩",)}).keys["a"]) == 1
    assert len(found(filled, {"a": ("zeb",)}).keys["a"]) == 0


def test_a_stage_counts_its_own_papers_alone(filled: Database) -> None:
    having = found(filled, {"zebra": ("zebra",)}, stage="ask")
    assert having.papers == 2 and having.shares == {"zebra": 0.5}


def test_what_a_paper_says_comes_in_the_order_asked_for(filled: Database) -> None:
    keys = [int(key) for (key,) in filled.conn.execute("SELECT key FROM papers ORDER BY key DESC")]
    said = passages.said(filled, [*keys, 1])
    assert [one.key for one in said] == keys
    assert said[0].authors == ("Ada Grass",) and said[0].summary == {} and said[0].abstract


def test_who_waits_no_longer_is_told(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.patience._STEPS", 1)
    with pytest.raises(Late):
        passages.having(filled, {"zebra": ("zebra",)}, stage=None, end=time.monotonic() - 1)
