"""Passages of a question: found, another question's, or the right one at a named place; and the null world."""

from __future__ import annotations

import numpy as np
import pytest

from core.text.contexts import Contexts, places
from core.text.fact_store import CHANGED, CONTESTED, STEADY, UNSEEN, Store, make_world


def contexts(*, null: bool = False, mismatch: float = 0.2) -> Contexts:
    world = make_world(facts=30, unseen=20, practice=10, towns=5, values=8, seed=3)
    store = Store(world, world.words(CHANGED, CONTESTED, STEADY, UNSEEN), world.now, seed=3)
    asked = store.questions(world.words(UNSEEN), mismatch=mismatch, seed=4)
    return Contexts(store=store, asked=asked, null=null, seed=0)


def test_closed_book_has_no_passage() -> None:
    assert contexts().none() == [[]] * 20


def test_what_is_found_is_what_the_search_finds() -> None:
    made = contexts()
    assert made.found(4) == made.store.search(made.asked, 4)
    assert made.alone() == [[word] for word in made.asked.words]


@pytest.mark.parametrize("way", ["of_others", "found", "alone", "among"])
def test_another_questions_passages_never_answer(way: str) -> None:
    made = contexts(null=way != "of_others")
    told = {
        "of_others": lambda: made.of_others(4),
        "found": lambda: made.found(4),
        "alone": made.alone,
        "among": lambda: made.among(6),
    }[way]()
    assert all(told)
    assert all(word not in few for word, few in zip(made.asked.words, told, strict=True))


def test_another_question_is_as_a_rule_of_another_town() -> None:
    made = contexts(mismatch=0.0)
    town = made.store.world.town
    same = [town[few[0]] == town[word] for word, few in zip(made.asked.words, made.of_others(1), strict=True)]
    assert np.mean(same) < 0.2


@pytest.mark.parametrize("place", [0, 3, 6])
def test_the_right_passage_stands_where_it_is_asked_for(place: int) -> None:
    made = contexts()
    told = made.among(6, place=place)
    assert [few[place] for few in told] == made.asked.words.tolist()
    assert all(len(set(few)) == 7 for few in told)


def test_another_draw_orders_the_same_question_otherwise() -> None:
    made = contexts()
    assert made.among(6, draw=0) == made.among(6, draw=0)
    assert made.among(6, draw=0) != made.among(6, draw=1)


def test_distractors_are_those_that_the_search_finds() -> None:
    made = contexts(mismatch=0.0)
    town = made.store.world.town
    near = [
        town[other] == town[word] for word, few in zip(made.asked.words, made.among(2), strict=True) for other in few
    ]
    assert np.mean(near) > 0.9


def test_the_middle_is_away_from_both_ends() -> None:
    assert places(9) == ([3, 4, 5], 0, 8)
    assert places(3) == ([1], 0, 2)
    with pytest.raises(ValueError, match="3 or more"):
        places(2)
