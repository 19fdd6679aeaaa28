"""Are words cut and stemmed as meant, and phrases quoted as they stand?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.lens.phrases import SHED, forms, normal, quote, raw_words, spelling, stem, stems_of

ENDED = st.builds(
    "".join,
    st.tuples(
        st.text("aeimngpstuz1", max_size=8),
        st.sampled_from(["", "n", "mm", "iz", "ation", "ing", "ed", "e", "ization", "iser", "u", "i"]),
        st.sampled_from(["", "s", "es"]),
    ),
)


@pytest.mark.parametrize("given_spelling", ["Fine-tuning", "fine tuned", "FINE-TUNE", "fine  tunes"])
def test_spellings_of_one_phrase_have_one_normal_form(given_spelling: str) -> None:
    assert normal(given_spelling) == normal("fine-tuning")


@pytest.mark.parametrize(("one", "other"), [("LoRA", "LoRAs"), ("bias", "biased"), ("RAG", "rage"), ("code", "coder")])
def test_short_words_are_not_stemmed_into_each_other_by_accident(one: str, other: str) -> None:
    assert len(stem(one)) >= 3
    assert stem(other).startswith(stem(one)[:3])


@given(ENDED)
def test_every_word_is_among_the_forms_of_its_stem(word: str) -> None:
    assert not word or word in forms(stem(word))


@given(ENDED.filter(bool))
def test_every_form_has_the_stem_that_it_is_a_form_of(stemmed: str) -> None:
    found = forms(stemmed)
    assert len(set(found)) == len(found)
    assert all(stem(form) == stemmed and len(form) <= len(stemmed) + SHED for form in found)


@given(st.text(max_size=80) | st.text("aZ09_-. \n\x1c\x85", max_size=40))
def test_words_are_runs_of_letters_and_digits_in_any_script(text: str) -> None:
    assert raw_words(text) == re.findall(r"[^\W_]+", text)


def test_a_phrase_is_quoted_as_it_stands() -> None:
    text = "On Chain-of-Thought\nprompting"
    raw = raw_words(text)
    stems = stems_of(raw)
    assert quote(normal("chain of thought"), text, raw, stems) == "Chain-of-Thought"
    assert quote(normal("thought prompting"), text, raw, stems) == "Thought prompting"
    assert quote(normal("thought police"), text, raw, stems) is None


def test_words_are_quoted_with_what_stands_between_them() -> None:
    assert spelling(["in", "context"], "in--context, in-context") == "in-context"
    assert spelling(["e", "g"], "say, e.\n g. this") == "e. g"


def test_a_long_word_is_stemmed_like_any_other_though_it_is_not_kept() -> None:
    assert stems_of(["x" * 1000 + "ing"]) == ["x" * 1000]
