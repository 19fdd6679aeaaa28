"""Examples before a question in words: held-out words, the same question after any number of pairs."""

from __future__ import annotations

from collections import Counter

import pytest

from core.text import few_shot
from core.text.tasks.mapping import FUNCTIONS, LABELS
from core.text.tasks.task import held_out


def pairs_of(prompt: str) -> list[tuple[str, str]]:
    shown = prompt.removeprefix("Map: ").split(", ")[:-1]
    return [(x, y) for x, _, y in (pair.partition(" -> ") for pair in shown)]


@pytest.mark.parametrize("kind", few_shot.KINDS)
def test_the_word_is_held_out_and_stays_the_same_whatever_the_examples(kind: str) -> None:
    by_shots = [few_shot.prompts(kind, shots, count=20, seed=3) for shots in range(few_shot.MOST + 1)]
    for shots, items in enumerate(by_shots):
        assert [item.key for item in items] == [item.key for item in by_shots[0]]
        assert all(held_out(item.key) for item in items)
        assert {len(pairs_of(item.prompt)) for item in items} == {shots}
    assert by_shots[0][0].prompt.startswith("Map: ") and by_shots[0][0].prompt.endswith(" ->")


def test_all_pairs_and_the_answer_are_under_one_function() -> None:
    for item in few_shot.prompts(few_shot.FUNCTION, 5, count=30, seed=1):
        word = item.key.partition("/")[2]
        fits = [
            name
            for name, rule in FUNCTIONS.items()
            if all(rule(x) == y for x, y in pairs_of(item.prompt)) and item.answer == f" {rule(word)}\n"
        ]
        assert fits


def test_a_label_is_found_beside_the_word() -> None:
    for item in few_shot.prompts(few_shot.LABEL, 4, count=30, seed=1):
        shown = dict(pairs_of(item.prompt))
        assert item.answer == f" {shown[item.key.partition('/')[2]]}\n"
        assert len(set(shown.values())) == 4


@pytest.mark.parametrize("kind", few_shot.KINDS)
def test_exchanged_answers_are_the_same_ones_at_other_places(kind: str) -> None:
    right = few_shot.prompts(kind, 6, count=30, seed=2)
    wrong = few_shot.prompts(kind, 6, count=30, seed=2, mispaired=True)
    for one, other in zip(right, wrong, strict=True):
        assert one.answer == other.answer
        before, after = pairs_of(one.prompt), pairs_of(other.prompt)
        assert [x for x, _ in before] == [x for x, _ in after]
        assert sorted(y for _, y in before) == sorted(y for _, y in after)
        assert before != after or len({y for _, y in before}) < 6


def test_rules_of_their_own_leave_the_answer_open() -> None:
    items = few_shot.prompts(few_shot.LABEL, 6, count=200, seed=4, alone=True)
    found = sum(item.answer == f" {dict(pairs_of(item.prompt))[item.key.partition('/')[2]]}\n" for item in items)
    assert found < 40  # one label of twelve by chance
    said = Counter(item.answer.strip() for item in items)
    assert set(said) <= set(LABELS) and len(said) > 6


@pytest.mark.parametrize(
    ("kind", "shots", "wrong", "word"),
    [("verb", 1, False, "verb"), ("label", 7, False, "7 pairs"), ("label", 1, True, "cannot exchange")],
)
def test_what_makes_no_sense_is_named(kind: str, shots: int, wrong: bool, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        few_shot.prompts(kind, shots, count=1, seed=0, mispaired=wrong)
