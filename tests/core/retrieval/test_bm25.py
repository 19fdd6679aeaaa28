"""Is BM25 what the paper says, and what SQLite's own says; and does an order follow from it?"""

from __future__ import annotations

import math
import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.retrieval.bm25 import BM25, rarity
from core.retrieval.passage import Passage

WORDS = ("zebra", "lion", "grass", "water", "river", "stone")
texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=12)


def made(found: list[str], **options: object) -> BM25:
    passages = [Passage(str(place), text) for place, text in enumerate(found)]
    return BM25(passages, terms=str.split, **options)  # type: ignore[arg-type]


def test_a_case_worked_by_hand() -> None:
    found = made(["a a b", "b c", "c c c c"], k1=1.2, b=0.75)
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    norm = 1.2 * (1 - 0.75 + 0.75 * 3 / 3)
    assert found.scores("a") == pytest.approx([idf * 2 * 2.2 / (2 + norm), 0, 0], abs=1e-12)
    # Asked twice, a term counts twice.
    assert found.scores("a a") == pytest.approx(2 * found.scores("a"))


@given(texts, st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True))
def test_it_agrees_with_that_of_sqlite(found: list[str], asked: list[str]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE passages USING fts5(text)")
    db.executemany("INSERT INTO passages (rowid, text) VALUES (?, ?)", enumerate(found))
    rows = db.execute("SELECT rowid, -bm25(passages) FROM passages WHERE passages MATCH ?", (" OR ".join(asked),))
    expected = np.zeros(len(found))
    for place, score in rows:
        expected[place] = score
    having = {word: sum(word in text.split() for text in found) for word in asked}
    # FTS5 leaves the 1 within the logarithm out, and no word counts against a passage.
    worth = {
        word: max(1e-6, math.log((len(found) - n + 0.5) / (n + 0.5))) for word, n in having.items()
    }  # fmt: skip
    assert made(found, rarity=worth).scores(" ".join(asked)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(texts, texts, st.integers(min_value=0, max_value=5))
def test_the_best_come_first_and_none_that_shares_nothing(found: list[str], asked: list[str], limit: int) -> None:
    question = asked[0]
    ranked = made(found).rank(question, limit)
    assert len(ranked) <= limit
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(set(item.passage.text.split()) & set(question.split()) for item in ranked)


@given(texts, st.sampled_from(WORDS))
def test_a_longer_passage_with_the_same_words_is_worth_no_more(found: list[str], word: str) -> None:
    longer = f"{word} {'filler ' * 5}".strip()
    scores = made([*found, word, longer]).scores(word)
    assert scores[-2] >= scores[-1] > 0


@given(st.integers(min_value=1, max_value=10**6), st.data())
def test_a_rarer_word_is_worth_more_and_none_counts_against(of: int, data: st.DataObject) -> None:
    having = data.draw(st.integers(min_value=0, max_value=of - 1))
    assert rarity(having, of) > rarity(having + 1, of) > 0


def test_of_equals_the_first_named_comes_first() -> None:
    ranked = made(["zebra water", "zebra river", "lion"]).rank("zebra", 5)
    assert [item.passage.id for item in ranked] == ["0", "1"]


def test_words_are_compared_by_their_stems_by_default() -> None:
    found = BM25([Passage("a", "The retriever fetches documents."), Passage("b", "A quantized model.")])
    assert [item.passage.id for item in found.rank("What do retrievers do?", 2)] == ["a"]
    assert [item.passage.id for item in found.rank("quantization", 2)] == ["b"]
    assert BM25([]).rank("anything", 3) == []


@pytest.mark.parametrize(("options", "named"), [({"k1": -1.0}, "-1.0"), ({"b": 1.5}, "1.5")])
def test_bad_settings_are_named(options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        BM25([], **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="-1"):
        BM25([]).rank("x", -1)
