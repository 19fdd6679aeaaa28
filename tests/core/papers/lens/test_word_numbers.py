"""Is the number of a word that of its stem, whatever the word, its length and its script?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.lens.phrases import raw_words, stem
from core.papers.lens.word_numbers import WordNumbers

STEMS = ("language", "model", "tun", "tokeniz", "α", "k", "x1", "retrieval", "abcdefghijklmnop", "counterfactuality")
LIST = {each: number for number, each in enumerate((*map(stem, STEMS), "p" * 30), start=1)}
NUMBERS = WordNumbers(LIST)

SURFACES = st.sampled_from(
    [
        *(
            "Language",
            "languages",
            "LANGUAGED",
            "models",
            "modelling",
            "modelled",
            "tune",
            "tuning",
            "tunings",
            "tuned",
        ),
        *("tokenizers", "tokenisation", "tokeniz", "k", "K", "ks", "x1", "x1s", "retrieval", "retrievals", "retriever"),
        *("abcdefghijklmnop", "abcdefghijklmnops", "abcdefghijklmnopq", "abcdefghijklmno"),
        *("counterfactuality", "counterfactualities", "\N{KELVIN SIGN}", "\u03b1", "\u0391", "model\u00e9", "e\u0301"),
        *("\u6a21\u578b", "\uff4b", "\U0001d54d"),
    ]
)
GAPS = st.sampled_from([" ", "-", "_", "\n\n\n", "\x00", "?", "\u2013", "\u0301", "", "\ud800"])


def by_stem(text: str) -> list[int]:
    return [LIST.get(stem(word), 0) for word in raw_words(text)]


@given(
    st.lists(st.tuples(SURFACES | st.text(max_size=4), GAPS), max_size=20).map(lambda all: "".join(map("".join, all)))
)
def test_every_word_has_the_number_of_its_stem(text: str) -> None:
    words = NUMBERS.read(text, [])
    assert [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)] == raw_words(text)
    assert words.numbers.tolist() == by_stem(text)


@pytest.mark.parametrize(
    "word", ["p" * 30 + "ing", "p" * 31, "p" * 30 + "ations", "p" * 200, "abcdefghijklmnop" * 9, "\u00e9" * 200]
)
def test_words_longer_than_the_table_holds_are_stemmed_one_by_one(word: str) -> None:
    assert NUMBERS.read(f"a {word} model", []).numbers.tolist() == [0, LIST.get(stem(word), 0), LIST["model"]]


def test_words_that_share_a_slot_are_told_apart() -> None:
    many = {f"w{number}x": number for number in range(1, 3001)}
    text = " ".join([*many, *(f"v{number}x" for number in range(3000))])
    assert WordNumbers(many).read(text, []).numbers.tolist() == [*many.values(), *[0] * 3000]


def test_a_wall_stands_as_a_word_of_no_list() -> None:
    assert NUMBERS.read("model\n\n\nmodel", [6]).numbers.tolist() == [LIST["model"], 0, LIST["model"]]


def test_an_empty_list_numbers_nothing() -> None:
    assert not np.any(WordNumbers({}).read("language models \u00e9", []).numbers)
