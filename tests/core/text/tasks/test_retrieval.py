"""Does the answer stand in the passage, and nothing of a held-out passage in training?"""

from __future__ import annotations

import random
import re
from itertools import islice

import pytest

from core.text.tasks.retrieval import CHANCE, TASK, draw
from core.text.tasks.task import Item, questions, training_items

ENTRY = r"The (\w+) of the (\w+ \w+) is (\d+)\."


@pytest.fixture(scope="module")
def drawn() -> list[Item]:
    rng = random.Random(6)
    return [draw(rng) for _ in range(5_000)]


def test_every_answer_stands_in_the_passage(drawn: list[Item]) -> None:
    for item in drawn:
        kinds, entities, values = zip(*re.findall(ENTRY, item.prompt), strict=True)
        asked = re.search(r"\nWhat is the (\w+) of the (.+)\?$", item.prompt)
        assert asked and set(kinds) == {asked[1]}
        assert item.answer == f" {dict(zip(entities, values, strict=True))[asked[2]]}\n"
        assert len(set(entities)) == len(set(values)) == len(entities)
        assert 4 <= len(entities) <= 8


def test_any_entry_may_be_asked_for(drawn: list[Item]) -> None:
    places = [re.findall(ENTRY, item.prompt) for item in drawn]
    of_four = [
        [value for _, _, value in entries].index(item.answer.strip())
        for item, entries in zip(drawn, places, strict=True)
        if len(entries) == 4
    ]
    assert all(0.2 < of_four.count(place) / len(of_four) < 0.3 for place in range(4))


def test_no_pair_of_a_question_comes_in_training_even_unasked() -> None:
    trained = set(re.findall(ENTRY, "".join(islice(training_items(TASK, 0), 2_300))))
    kept_out = {pair for item in questions(TASK, 0, 300) for pair in re.findall(ENTRY, item.prompt)}
    pairs, others = ({entry[1:] for entry in entries} for entries in (trained, kept_out))
    assert len(pairs) > 8_000 and len(others) > 1_000
    assert pairs.isdisjoint(others)


def test_chance_is_any_value_of_the_passage(drawn: list[Item]) -> None:
    blind = sum(1 / len(re.findall(ENTRY, item.prompt)) for item in drawn) / len(drawn)
    assert blind == pytest.approx(CHANCE, abs=0.003)
