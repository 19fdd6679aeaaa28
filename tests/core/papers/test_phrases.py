"""Are phrases found whatever their spelling, and quoted as they stand?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.phrases import PhraseIndex, normal, quote, raw_words, stem, stems_of


@pytest.mark.parametrize("spelling", ["Fine-tuning", "fine tuned", "FINE-TUNE", "fine  tunes"])
def test_spellings_of_one_phrase_have_one_normal_form(spelling: str) -> None:
    assert normal(spelling) == normal("fine-tuning")


@pytest.mark.parametrize(("one", "other"), [("LoRA", "LoRAs"), ("bias", "biased"), ("RAG", "rage"), ("code", "coder")])
def test_short_words_are_not_stemmed_into_each_other_by_accident(one: str, other: str) -> None:
    assert len(stem(one)) >= 3
    assert stem(other).startswith(stem(one)[:3])


def test_long_phrases_are_found_by_their_first_two_words() -> None:
    index = PhraseIndex([normal(phrase) for phrase in ("needle in a haystack", "needle", "in a")])
    assert index.find(stems_of(raw_words("A needle in a haystack test"))) == {0, 1, 2}
    assert index.find(stems_of(raw_words("a needle in a pile"))) == {1, 2}
    assert index.find(stems_of(raw_words("a haystack"))) == set()


def test_a_word_within_a_word_is_not_a_phrase() -> None:
    assert PhraseIndex(["lm"]).find(stems_of(raw_words("an LLM"))) == set()


def test_a_phrase_is_quoted_as_it_stands() -> None:
    text = "On Chain-of-Thought\nprompting"
    raw = raw_words(text)
    stems = stems_of(raw)
    assert quote(normal("chain of thought"), text, raw, stems) == "Chain-of-Thought"
    assert quote(normal("thought prompting"), text, raw, stems) == "Thought prompting"
    assert quote(normal("thought police"), text, raw, stems) is None


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
