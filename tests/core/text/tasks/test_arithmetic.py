"""Are the sums right?"""

from __future__ import annotations

import random
import re

import pytest

from core.text.tasks.arithmetic import CHANCE, draw
from core.text.tasks.task import Item


@pytest.fixture(scope="module")
def drawn() -> list[Item]:
    rng = random.Random(1)
    return [draw(rng) for _ in range(30_000)]


def form(prompt: str) -> str:
    return re.sub(r"\d+", "", prompt)


def test_every_answer_is_right(drawn: list[Item]) -> None:
    operations = {
        "+=": lambda a, b: f"{a + b}\n",
        "-=": lambda a, b: f"{a - b}\n",
        "which is larger,  or ?": lambda a, b: f" {max(a, b)}\n",
    }
    for item in drawn:
        a, b = (int(number) for number in re.findall(r"\d+", item.prompt))
        assert 0 <= a <= 99 and 0 <= b <= 99
        assert item.answer == operations[form(item.prompt)](a, b)
    assert {form(item.prompt) for item in drawn} == operations.keys()


def test_equal_numbers_are_never_compared_and_no_difference_is_below_zero(drawn: list[Item]) -> None:
    for item in drawn:
        a, b = (int(number) for number in re.findall(r"\d+", item.prompt))
        assert a >= b or "-" not in item.prompt
        assert a != b or "larger" not in item.prompt


def test_the_same_knowledge_has_the_same_key(drawn: list[Item]) -> None:
    keys: dict[tuple[str, frozenset[str]], str] = {}
    for item in drawn:
        knowledge = form(item.prompt), frozenset(re.findall(r"\d+", item.prompt))
        assert keys.setdefault(knowledge, item.key) == item.key
    assert len(set(keys.values())) == len(keys)


def test_chance_is_the_commonest_sum_and_difference_and_one_of_two_numbers() -> None:
    pairs = [(a, b) for a in range(100) for b in range(100)]
    sums = max(sum(a + b == answer for a, b in pairs) for answer in range(90, 110))
    differences = max(sum(abs(a - b) == answer for a, b in pairs) for answer in range(5))
    assert pytest.approx((sums / 10_000 + differences / 10_000 + 0.5) / 3) == CHANCE
