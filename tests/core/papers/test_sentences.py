"""Where do sentences end, and does no letter of a text get lost between them?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.sentences import MOST_WORDS, passages, sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One is so. Two is not.", 2),
        ("Hu et al. 2021 cut it by 0.4 percent. It held.", 2),
        ("We try others, e.g. low-rank ones. It works (see Fig. 2).", 2),
        ("정확도가 높다. 비용은 낮다.", 2),
        ("no end here", 1),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: int) -> None:
    assert len(sentences(text)) == parts


@given(st.text(alphabet="ab .,!?\nAB가1", max_size=400))
def test_nothing_is_lost_and_every_passage_stands_in_the_text(text: str) -> None:
    for found in (sentences(text), passages(text, 5)):
        assert "".join("".join(found).split()) == "".join(text.split())
        place = 0
        for part in found:
            place = text.index(part, place) + len(part)
    assert all(len(part.split()) <= 5 for part in passages(text, 5))


def test_a_list_of_words_is_cut_where_it_pauses() -> None:
    long = ", ".join(f"word{number} and more" for number in range(MOST_WORDS))
    found = passages(long)
    assert len(found) > 1 and all(part.endswith(",") for part in found[:-1])
