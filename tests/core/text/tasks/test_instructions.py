"""Is every instruction followed to the letter?"""

from __future__ import annotations

import random
import re

import pytest

from core.text.tasks.instructions import CHANCE, draw
from core.text.tasks.task import Item


@pytest.fixture(scope="module")
def drawn() -> list[Item]:
    rng = random.Random(5)
    return [draw(rng) for _ in range(20_000)]


def parse(prompt: str) -> tuple[str, list[str]]:
    match = re.fullmatch(r"User: ([^:]+): ([a-z ]+)\nAssistant:", prompt)
    assert match
    return match[1], match[2].split()


def follow(prompt: str) -> str:
    instruction, words = parse(prompt)
    if asked := re.fullmatch("Is (.+) in the list", instruction):
        return "yes" if asked[1] in words else "no"
    return {
        "Say twice": lambda: " ".join(words + words),
        "Say three times": lambda: " ".join(words + words + words),
        "Give the first word": lambda: words[0],
        "Give the last word": lambda: words[len(words) - 1],
        "Give the longest word": lambda: sorted(words, key=len)[-1],
        "Write in capitals": lambda: " ".join(words).upper(),
        "Reverse the order": lambda: " ".join(words[::-1]),
        "Count the words": lambda: str(len(words)),
        "Join with a dash": lambda: "-".join(words),
    }[instruction]()


def blind(prompt: str) -> float:
    """How likely a guess is right that knows the form of the answer, but does not work it out."""
    instruction, words = parse(prompt)
    if instruction.startswith(("Is", "Say")):
        return 1 / 2
    if instruction.startswith("Give"):
        return 1 / len(words)
    return {"Count the words": 1 / 5, "Reverse the order": 1 / 6}.get(instruction, 0)


def test_every_answer_is_right(drawn: list[Item]) -> None:
    for item in drawn:
        assert item.answer == f" {follow(item.prompt)}\n"


def test_the_longest_word_is_the_only_one_of_its_length(drawn: list[Item]) -> None:
    lists = [parse(item.prompt)[1] for item in drawn if "longest" in item.prompt]
    assert len(lists) > 1_000
    for words in lists:
        first, second = sorted(map(len, words))[:-3:-1]
        assert first > second


def test_a_combination_of_words_has_one_key_in_all_instructions_and_orders(drawn: list[Item]) -> None:
    for item in drawn:
        instruction, words = parse(item.prompt)
        asked = re.findall("Is (.+) in the list", instruction)
        assert item.key == "instructions/" + " ".join(sorted({*words, *asked}))


def test_chance_is_what_guessing_by_the_form_reaches(drawn: list[Item]) -> None:
    assert sum(blind(item.prompt) for item in drawn) / len(drawn) == pytest.approx(CHANCE, abs=0.005)
    assert (
        0.47 < sum(item.answer == " yes\n" for item in drawn if " in the list" in item.prompt) / (len(drawn) / 9) < 0.53
    )
