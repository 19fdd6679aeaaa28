"""Are the right candidates found, and are vectors kept, found again and forgotten with the text they were made of?"""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import vectors
from db.filing import tag_word
from db.papers import upsert
from db.rows import key_of
from db.tags import correct
from db.vectors import candidates, forget, load, store, texts

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, title: str, *, at: datetime = NOW, **fields: Any) -> int:
    paper = Paper(id=f"2401.{number:05d}", title=title, submitted=datetime(2024, 1, number, tzinfo=UTC), **fields)
    upsert(db, [paper], source="arxiv", day=at.date(), seen_at=at)
    return key_of(db, paper.id)


def test_papers_that_share_more_weight_come_first_and_newer_ones_before_older(db: Database) -> None:
    asked = add(db, 1, "zebra stripes camouflage")
    both = add(db, 2, "stripes", abstract="Of the zebra.")
    old, new = add(db, 3, "zebra one"), add(db, 4, "zebras two")
    light = add(db, 5, "camouflage")
    add(db, 6, "horses")
    words = {"zebra": 3.0, "stripes": 2.0, "camouflage": 1.0}
    assert candidates(db, asked, words, [], most=10) == [both, new, old, light]
    assert candidates(db, asked, words, [], most=2) == [both, new]


def test_a_shared_topic_is_worth_the_lightest_word(db: Database) -> None:
    asked, other, filed = (add(db, n, title) for n, title in enumerate(("zebra oats", "oats", "horse"), start=1))
    correct(db, "2401.00003", "topic", ["long-context"])
    found = candidates(db, asked, {"zebra": 2.0, "oats": 1.0}, [tag_word("topic", "long-context")], most=10)
    assert found == [filed, other]


@pytest.mark.parametrize("word", ['"', 'a" OR "b', "*", "NEAR(", "title:zebra", ""])
def test_no_word_is_an_operator(db: Database, word: str) -> None:
    asked, other = add(db, 1, "zebra"), add(db, 2, "zebra again")
    assert candidates(db, asked, {word: 1.0, "zebra": 1.0}, [], most=10) == [other]
    assert candidates(db, asked, {word: 1.0}, [], most=10) == []
    assert candidates(db, asked, {"AND": 1.0, "OR": 1.0}, [], most=10) == []


def test_without_a_word_there_are_no_candidates(db: Database) -> None:
    asked = add(db, 1, "zebra")
    assert candidates(db, asked, {}, [tag_word("topic", "long-context")], most=10) == []


def test_a_common_word_names_the_newest_papers_only(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "REACH", 2)
    asked = add(db, 1, "rare zebra")
    rare = add(db, 2, "rare zebra horse")
    common = [add(db, number, f"zebra {number}") for number in (3, 4, 5)]
    found = candidates(db, asked, {"rare": 2.0, "zebra": 1.0}, [], most=10)
    assert found == [rare, common[2], common[1]]


def test_vectors_are_kept_by_model(db: Database) -> None:
    keys = [add(db, 1, "zebra"), add(db, 2, "horse", abstract="It runs.")]
    words = texts(db, [keys[1], 999, keys[0]])
    assert [(found.key, found.title, found.abstract) for found in words] == [
        (keys[1], "horse", "It runs."),
        (keys[0], "zebra", None),
    ]
    assert store(db, "one", [(found, bytes([number])) for number, found in enumerate(words)])
    assert store(db, "two", [(words[0], b"x")])
    assert load(db, "one", keys) == {keys[0]: b"\1", keys[1]: b"\0"}
    assert load(db, "two", keys) == {keys[1]: b"x"}
    assert load(db, "two", []) == {}


def test_a_changed_text_has_no_vector_of_the_old_one(db: Database) -> None:
    keys = [add(db, 1, "zebra", version=1), add(db, 2, "horse")]
    store(db, "one", [(words, b"x") for words in texts(db, keys)])
    add(db, 1, "zebras, corrected", version=2, at=NOW.replace(hour=1))
    assert load(db, "one", keys) == {keys[1]: b"x"}
    forget(db, keys)
    assert load(db, "one", keys) == {}


def test_a_vector_of_a_text_that_changed_meanwhile_is_not_kept(db: Database) -> None:
    key = add(db, 1, "zebra", version=1)
    read = texts(db, [key])
    add(db, 1, "zebras, corrected", version=2, at=NOW.replace(hour=1))
    assert store(db, "one", [(read[0], b"old"), (read[0]._replace(key=999), b"gone")])
    assert load(db, "one", [key, 999]) == {}


def test_a_writer_is_not_waited_for(db: Database, tmp_path: Path) -> None:
    key = add(db, 1, "zebra")
    read = texts(db, [key])
    other = sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert not store(db, "one", [(read[0], b"x")])
    assert time.monotonic() - began < 2
    other.execute("ROLLBACK")
    other.close()
    assert not db.conn.in_transaction
    assert db.conn.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000
    assert store(db, "one", [(read[0], b"x")])
