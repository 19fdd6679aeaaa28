"""Units and their rates: does a word get its share, whatever groups of words hold it too?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.papers.generator.vocabulary import RARE_SHARE, Theme, Vocabulary, vocabulary


def table(words: dict[str, list[int]], phrases: dict[str, list[int]], themes: dict[str, Any]) -> dict[str, Any]:
    return {
        "about": {"papers": 1000},
        "lengths": {"abstract": [100] * 101, "title": [10] * 101},
        "authors": [1, 1],
        "categories": {"cs.CL": [1000, 1000]},
        "themes": themes,
        "words": words,
        "phrases": phrases,
    }


def rates(theme: Theme, length: float) -> np.ndarray:
    """How often each unit is drawn for one abstract: the chance is the rate over their sum."""
    chances = np.diff(theme.chances, prepend=0.0)
    return chances * (RARE_SHARE * length / 1.6) / chances[-1]


def test_a_word_gets_what_the_groups_that_hold_it_leave() -> None:
    words = {"language": [700, 2000, 1], "models": [600, 1500, 1], "of": [900, 9000, 1], "cat": [10, 10, 1]}
    found = Vocabulary(table(words, {"language models": [500, 900, 1]}, {"other": {"papers": 1000, "apart": {}}}))
    language, models, of, cat, together = rates(found.themes[0], 100)[:-1]
    share = {
        "language": 1 - np.exp(-language - together),
        "models": 1 - np.exp(-models - together),
        "of": 1 - np.exp(-of),
        "cat": 1 - np.exp(-cat),
        "language models": 1 - np.exp(-together),
    }
    assert share == {unit: pytest.approx(found.share(unit), abs=0.005) for unit in share}


def test_a_group_never_takes_more_than_its_words_have() -> None:
    words = {"low": [100, 100, 1], "rank": [300, 300, 1], "filler": [990, 60_000, 1]}
    phrases = {"low rank": [95, 95, 1], "low rank filler": [90, 90, 1]}
    found = Vocabulary(table(words, phrases, {"other": {"papers": 1000, "apart": {}}}))
    low, _, _, pair, triple = rates(found.themes[0], 100)[:-1]
    assert 1 - np.exp(-low - pair - triple) == pytest.approx(0.1, abs=0.005)


def test_a_theme_has_more_of_its_own_words_and_all_themes_together_the_share() -> None:
    words = {"bit": [100, 300, 1], "filler": [990, 60_000, 1]}
    themes = {"other": {"papers": 900, "apart": {"bit": 20}}, "quantization": {"papers": 100, "apart": {"bit": 80}}}
    found = Vocabulary(table(words, {}, themes))
    shares = [1 - np.exp(-rates(theme, 100)[0]) for theme in found.themes]
    assert shares == pytest.approx([20 / 900, 0.8], abs=0.01)
    assert sum(theme.share * share for theme, share in zip(found.themes, shares, strict=True)) == pytest.approx(
        0.1, abs=0.01
    )


def test_the_committed_table_has_the_shares_of_real_abstracts() -> None:
    found = vocabulary()
    assert found.share("language") == pytest.approx(0.70, abs=0.02)
    assert found.share("reasoning") == pytest.approx(0.29, abs=0.01)
    assert found.share("retrieval") == pytest.approx(0.17, abs=0.01)
    assert found.share("large language models") > 0.4
    assert sum(" " not in unit for unit in found.units) > 7_000
    assert found.share("zhbabax") == 0.0
    assert sum(theme.share for theme in found.themes) == pytest.approx(1.0)
