"""Made facts: words that differ, groups that do not overlap, and a search that misses what is written otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text.fact_store import (
    CHANGED,
    CONTESTED,
    FORMS,
    GROUPS,
    PRACTICE,
    STEADY,
    UNSEEN,
    Asked,
    Store,
    World,
    asking,
    hits,
    make_world,
    value_name,
)


def world(seed: int = 3, towns: int = 5) -> World:
    return make_world(facts=30, unseen=20, practice=10, towns=towns, values=8, seed=seed)


def store(made: World, seed: int = 3) -> Store:
    return Store(made, made.words(CHANGED, CONTESTED, STEADY, UNSEEN), made.now, seed=seed)


def test_every_word_is_in_one_group() -> None:
    made = world()
    assert np.concatenate([made.words(group) for group in GROUPS]).tolist() == list(range(60))
    assert [len(made.words(group)) for group in GROUPS] == [10, 10, 10, 20, 10]


@given(seed=st.integers(0, 2**32 - 1), values=st.integers(2, 50))
@settings(max_examples=30, deadline=None)
def test_changed_facts_all_change_and_no_others(seed: int, values: int) -> None:
    made = make_world(facts=12, unseen=5, practice=5, towns=3, values=values, seed=seed)
    differs = made.now != made.value
    assert differs[made.words(CHANGED, CONTESTED)].all()
    assert not differs[made.words(STEADY, UNSEEN, PRACTICE)].any()
    assert made.now.min() >= 0
    assert made.now.max() < values


def test_tokens_of_towns_stems_and_values_do_not_overlap() -> None:
    made = world()
    ids = [made.town_ids(np.arange(5)), made.stem_ids(np.arange(60)), made.value_ids(np.arange(8))]
    assert sorted([0, *np.concatenate(ids).tolist()]) == list(range(made.vocabulary))


def test_a_group_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="each needs one"):
        make_world(facts=2, unseen=1, practice=1, towns=1, values=2, seed=0)


def test_no_two_facts_are_called_alike_in_any_form() -> None:
    made = make_world(facts=900, unseen=300, practice=3, towns=1, values=99, seed=0)
    names = [asking(made, word, form) for word in range(1200) for form in range(len(FORMS))]
    assert len(set(names)) == len(names)
    assert len({value_name(value) for value in range(99)}) == 99


def test_the_passage_comes_first_where_the_form_is_the_same() -> None:
    made, words = store(world()), world().words(UNSEEN)
    asked = made.questions(words, mismatch=0.0, seed=1)
    assert [found[0] for found in made.search(asked, 3)] == words.tolist()
    assert hits(made.search(asked, 1), words).all()


def test_in_another_form_only_the_town_is_recognised() -> None:
    made = store(world())
    words = made.world.words(UNSEEN)
    asked = made.questions(words, mismatch=1.0, seed=1)
    assert (asked.forms != made.forms[words]).all()
    stored = made.world.words(CHANGED, CONTESTED, STEADY, UNSEEN)
    for word, found in zip(words, made.search(asked, len(stored)), strict=True):
        town = made.world.town
        assert sorted(found) == sorted(stored[town[stored] == town[word]])  # all tie
    assert hits(made.search(asked, 1), words).mean() < 0.6


def test_a_question_without_its_town_in_the_store_finds_nothing() -> None:
    made = make_world(facts=3, unseen=1, practice=1, towns=1000, values=2, seed=5)
    held = made.words(UNSEEN)
    assert made.town[held] not in made.town[made.words(CHANGED)]
    other = Store(made, made.words(CHANGED), made.now, seed=0)
    assert other.search(Asked(words=held, forms=np.array([0])), 3) == [[]]


@given(k=st.integers(0, 8), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_more_passages_never_find_less(k: int, seed: int) -> None:
    made = store(world(seed), seed)
    asked = made.questions(made.world.words(UNSEEN), mismatch=0.5, seed=seed)
    few, more = (hits(made.search(asked, limit), asked.words) for limit in (k, k + 1))
    assert (few <= more).all()


def test_a_passage_says_what_the_store_holds() -> None:
    made = store(world())
    word = int(made.world.words(CHANGED)[0])
    assert made.text(word) == f"{asking(made.world, word, made.forms[word])} {value_name(made.world.now[word])}"
