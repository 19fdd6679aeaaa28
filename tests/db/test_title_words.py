"""Are the words of all titles kept as they stand, whatever comes, goes or is renamed?"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.papers import title_words as core_words
from core.papers.paper import Paper
from db.connect import open_catalog
from db.papers import upsert
from db.title_words import joined, phrases, spelled
from db.trends import recount, settle

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, title: str, day: datetime | None = None, version: int = 1) -> None:
    paper = Paper(
        id=f"2401.{number:05d}", title=title, submitted=day or datetime(2024, 1, 9, tzinfo=UTC), version=version
    )
    upsert(db, [paper], source="arxiv", day=date(2026, 8, version), seen_at=NOW)


def kept(db: Database) -> Counter[str]:
    """Every phrase and the titles that have it, read back from the table."""
    settle(db)
    found = phrases(joined(words for (words,) in db.execute("SELECT words FROM title_days ORDER BY day")))
    return Counter(spelled(db, found.tolist()))


def counted(*titles: str) -> Counter[str]:
    """The same, title by title."""
    return Counter(words for title in titles for words in {phrase.words for phrase in core_words.phrases(title)})


def test_phrases_are_those_of_each_title(db: Database) -> None:
    titles = ["Attention Is All You Need", "Need for Speed", "GPT-4: Attention, 4 Models", "Agents Teach Agents Teach"]
    for number, title in enumerate(titles):
        add(db, number, title)
    assert kept(db) == counted(*titles)
    assert kept(db)["agents teach"] == 1


@given(st.lists(st.lists(st.sampled_from(["a", "an", "bb", "cc", "dd", "4", ":", "x"]), max_size=9), max_size=4))
def test_any_titles_are_counted_as_one_by_one(tmp_path_factory: pytest.TempPathFactory, made: list[list[str]]) -> None:
    db = open_catalog(tmp_path_factory.mktemp("any") / "catalog.db")
    titles = [f"t{number} {' '.join(words)}" for number, words in enumerate(made)]
    for number, title in enumerate(titles):
        add(db, number, title)
    assert kept(db) == counted(*titles)
    db.close()


def test_a_renamed_a_moved_and_a_deleted_paper_are_followed(db: Database) -> None:
    add(db, 1, "Old Words")
    add(db, 2, "Gone Soon")
    add(db, 3, "Moving Day", datetime(2024, 1, 9, tzinfo=UTC))
    assert kept(db) == counted("Old Words", "Gone Soon", "Moving Day")
    add(db, 1, "Fresh Words", version=2)
    db.execute("DELETE FROM papers WHERE id = '2401.00002'")
    assert kept(db) == counted("Fresh Words", "Moving Day")
    db.execute("UPDATE papers SET submitted = NULL, key = key - 9000000 WHERE id = '2401.00003'")
    db.execute("INSERT INTO trend_days VALUES (20240100), (20240109) ON CONFLICT DO NOTHING")
    assert kept(db) == counted("Fresh Words", "Moving Day")
    assert [day for (day,) in db.execute("SELECT day FROM title_days ORDER BY day")] == [20240100, 20240109]


def months(db: Database) -> dict[str, int]:
    settle(db)
    found: dict[str, int] = {}
    for keys, papers in db.execute("SELECT phrases, papers FROM title_months"):
        found |= dict(
            zip(spelled(db, np.frombuffer(keys, "<i8").tolist()), np.frombuffer(papers, "<i4").tolist(), strict=True)
        )
    return found


def test_a_month_has_the_phrases_of_two_titles_or_more(db: Database) -> None:
    add(db, 1, "Sparse Attention", datetime(2024, 1, 1, tzinfo=UTC))
    add(db, 2, "Sparse Models", datetime(2024, 1, 31, tzinfo=UTC))
    add(db, 3, "Sparse Models", datetime(2024, 2, 1, tzinfo=UTC))
    assert months(db) == {"sparse": 2}
    add(db, 4, "More Sparse Models", datetime(2024, 1, 20, tzinfo=UTC))
    assert months(db) == {"sparse": 3, "models": 2, "sparse models": 2}
    db.execute("DELETE FROM papers WHERE id IN ('2401.00001', '2401.00004')")
    assert months(db) == {}


def test_a_recount_finds_and_mends_what_is_wrong(db: Database, tmp_path: Path) -> None:
    add(db, 1, "Sparse Attention")
    add(db, 2, "Sparse Models")
    right = (kept(db), months(db))
    assert recount(db) == 0
    db.execute("UPDATE title_days SET words = x'04000000'")
    db.execute("INSERT INTO title_days VALUES (20200101, x'0400000001000000')")
    assert recount(db) == 2
    db.execute("DELETE FROM title_months")
    assert recount(db, titles=False) == 0
    assert recount(db) == 1
    assert (kept(db), months(db)) == right
