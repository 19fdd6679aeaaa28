"""The summaries of the starter catalog as a corpus in two languages."""

from __future__ import annotations

import re

import pytest

from core.text.starter_text import split, summaries


def test_a_paper_has_its_text_in_both_languages() -> None:
    english, korean = summaries("en"), summaries("ko")
    assert list(english) == list(korean)
    assert len(english) >= 200
    paper = "1706.03762"
    assert re.search("[가-힣]", korean[paper]) and not re.search("[가-힣]", english[paper])


def test_no_paper_is_in_two_parts() -> None:
    parts = split("en", seed=4, train=30, validation=10, test=20)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (30, 10, 20)
    assert len({*parts.train, *parts.validation, *parts.test}) == 60


def test_more_to_train_on_leaves_the_other_parts_alone() -> None:
    small, large = (split("en", seed=4, train=count) for count in (10, 50))
    assert small.test == large.test
    assert small.validation == large.validation
    assert large.train[:10] == small.train


def test_both_languages_are_split_alike_and_another_seed_splits_otherwise() -> None:
    english, korean = (split(language, seed=9, train=10) for language in ("en", "ko"))
    by_text = {text: paper for paper, text in summaries("en").items()}
    assert [summaries("ko")[by_text[text]] for text in english.test] == list(korean.test)
    assert split("en", seed=10, train=10).test != english.test


def test_too_many_papers_and_unknown_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="or fewer"):
        split("en", seed=0, train=10**6)
    with pytest.raises(ValueError, match="'fr'"):
        summaries("fr")
