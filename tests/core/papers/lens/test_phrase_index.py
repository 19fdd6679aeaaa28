"""Are phrases found whatever their spelling, in the text that they stand in, and where they stand first?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.lens.phrase_index import PhraseIndex
from core.papers.lens.phrases import normal, quote, raw_words, stems_of


def test_long_phrases_are_found_by_their_first_two_words() -> None:
    index = PhraseIndex([normal(phrase) for phrase in ("needle in a haystack", "needle", "in a")])
    assert index.find(stems_of(raw_words("A needle in a haystack test"))) == {0, 1, 2}
    assert index.find(stems_of(raw_words("a needle in a pile"))) == {1, 2}
    assert index.find(stems_of(raw_words("a haystack"))) == set()


def test_a_word_within_a_word_is_not_a_phrase() -> None:
    assert PhraseIndex(["lm"]).find(stems_of(raw_words("an LLM"))) == set()


@pytest.mark.parametrize("phrases", [[""], ["two", "two"], ["two  blanks"]])
def test_a_lexicon_with_a_phrase_that_could_never_match_is_refused(phrases: list[str]) -> None:
    with pytest.raises(ValueError, match="normal form"):
        PhraseIndex(phrases)


@given(st.text(max_size=60))
def test_every_phrase_found_can_be_quoted(text: str) -> None:
    raw = raw_words(text)
    stems = stems_of(raw)
    pairs = {" ".join(pair) for pair in zip(stems, stems[1:], strict=False)}
    index = PhraseIndex(sorted({*stems, *pairs}))
    assert index.find(stems) == set(range(len(index.phrases)))
    for phrase in index.phrases:
        assert quote(phrase, text, raw, stems) is not None


WORDS = st.sampled_from(["a", "b", "B", "cs", "c-d", "a_b", "\u00e9", "\n", "", "\u2014", "\u6a21"])
PARTS = st.lists(WORDS, max_size=8).map(" ".join)
TEXTS = st.lists(st.lists(PARTS, min_size=1, max_size=3), max_size=5)
INDEX = PhraseIndex(["a", "b", "a b", "a b c", "b c d", "a b c d", "a a", "c d \u00e9", "\u00e9"])


@given(TEXTS)
def test_many_texts_hold_what_each_of_their_parts_holds(texts: list[list[str]]) -> None:
    found = INDEX.find_all(texts)
    pairs = list(zip(found.text.tolist(), found.phrase.tolist(), strict=True))
    expected = {
        (number, phrase)
        for number, text in enumerate(texts)
        for part in text
        for phrase in INDEX.find(stems_of(raw_words(part)))
    }
    assert pairs == sorted(expected)


@given(TEXTS)
def test_a_phrase_is_found_where_it_stands_first(texts: list[list[str]]) -> None:
    found = INDEX.find_all(texts)
    firsts = [sum(map(len, texts[:number])) for number in range(len(texts))]
    for number, phrase, start, end in zip(*(column.tolist() for column in found[:4]), strict=True):
        assert normal(found.joined[start:end]) == INDEX.phrases[phrase]
        part = int(found.parts.searchsorted(start, side="right")) - 1
        # The phrases here end in words of one letter: without its last one there is no such phrase yet.
        before = [*texts[number][: part - firsts[number]], found.joined[found.parts[part] : end - 1]]
        assert all(phrase not in INDEX.find(stems_of(raw_words(each))) for each in before)


def test_the_first_of_two_places_is_given() -> None:
    found = INDEX.find_all([["c, a  b", "a b"], ["a b"]])
    phrase = INDEX.phrases.index("a b")
    spans = [(start, end) for each, start, end in zip(*found[1:4], strict=True) if each == phrase]
    assert [found.joined[start:end] for start, end in spans] == ["a  b", "a b"]
    assert spans[0][0] == found.parts[0] + 3
    assert spans[1][0] == found.parts[2]


def test_an_index_without_phrases_finds_nothing() -> None:
    assert PhraseIndex([]).find_all([["a b"], [""]]).phrase.size == 0
    assert INDEX.find_all([]).phrase.size == 0
