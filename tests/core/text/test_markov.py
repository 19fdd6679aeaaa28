"""The language with a known entropy: its chances are chances, its text has its statistics, and its floor is a floor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text.markov import MarkovLanguage, markov_language

LANGUAGE = markov_language(vocabulary=8, seed=3)


@settings(max_examples=20, deadline=None)
@given(vocabulary=st.integers(2, 9), seed=st.integers(0, 99), strength=st.floats(0, 4), decay=st.floats(0, 2))
def test_chances_sum_to_one_and_pairs_stay_as_they_are(
    vocabulary: int, seed: int, strength: float, decay: float
) -> None:
    language = markov_language(vocabulary=vocabulary, seed=seed, strength=strength, decay=decay)
    assert language.chances.sum(axis=2) == pytest.approx(np.ones((vocabulary, vocabulary)))
    after = np.einsum("ab,abc->bc", language.pairs, language.chances)
    assert after == pytest.approx(language.pairs, abs=1e-10)
    assert language.entropy <= language.floor(8) + 1e-9
    assert language.floor(8) <= language.unigram_entropy + 1e-9


def test_a_coin_has_the_entropy_of_a_coin() -> None:
    coin = MarkovLanguage(chances=np.full((2, 2, 2), 0.5), pairs=np.full((2, 2), 0.25))
    for found in (coin.entropy, coin.unigram_entropy, coin.floor(2), coin.floor(32)):
        assert found == pytest.approx(np.log(2))


def test_a_language_that_counts_has_no_entropy_after_its_first_token() -> None:
    chances = np.zeros((3, 3, 3))
    chances[:, np.arange(3), (np.arange(3) + 1) % 3] = 1
    pairs = np.roll(np.eye(3), 1, axis=1) / 3
    language = MarkovLanguage(chances=chances, pairs=pairs)
    assert language.entropy == pytest.approx(0)
    assert language.floor(5) == pytest.approx(0)
    assert language.unigram_entropy == pytest.approx(np.log(3))
    assert set(np.diff(language.windows(5, time=6, seed=1), axis=1).ravel() % 3) == {1}


def test_who_knows_the_language_loses_its_floor_on_its_text() -> None:
    text = LANGUAGE.windows(4000, time=12, seed=5)
    assert LANGUAGE.nats(text).mean() == pytest.approx(LANGUAGE.floor(12), abs=0.02)
    assert np.bincount(text.ravel(), minlength=8) / text.size == pytest.approx(LANGUAGE.unigram, abs=0.01)


def test_without_order_tokens_come_as_often_and_nothing_can_be_foretold() -> None:
    alone = LANGUAGE.without_order()
    assert alone.unigram == pytest.approx(LANGUAGE.unigram)
    assert alone.entropy == pytest.approx(alone.unigram_entropy)
    assert alone.floor(7) == pytest.approx(LANGUAGE.unigram_entropy)


def test_the_same_seed_gives_the_same_text_and_another_seed_another() -> None:
    first, again, other = (LANGUAGE.windows(6, time=9, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("values", [{"vocabulary": 1}, {"strength": -1.0}, {"decay": -1.0}])
def test_a_language_that_cannot_be_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="need at least"):
        markov_language(**{"vocabulary": 4, "seed": 1, **values})  # type: ignore[arg-type]


def test_windows_in_which_nothing_is_predicted_have_no_floor() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        LANGUAGE.floor(1)
