"""Does the context decide what a word is mapped to?"""

from __future__ import annotations

import random
import string
from collections import Counter
from itertools import islice

import pytest

from core.text.tasks.mapping import CHANCE, TASK, draw
from core.text.tasks.task import Item, questions, training_items

# What a plural adds, by how the word ends; checked against every word that the task uses.
SIBILANTS = ("s", "x", "z", "ch", "sh")


def plural(word: str) -> str:
    if word.endswith(SIBILANTS):
        return f"{word}es"
    return f"{word[:-1]}ies" if word[-1] == "y" and word[-2] not in "aeiou" else f"{word}s"


RULES = {
    "first": lambda word: word[0],
    "next": lambda word: string.ascii_lowercase[string.ascii_lowercase.index(word[0]) + 1],
    "doubled": lambda word: " ".join([word, word]),
    "capitals": lambda word: word.upper(),
    "plural": plural,
}


@pytest.fixture(scope="module")
def drawn() -> list[Item]:
    rng = random.Random(7)
    return [draw(rng) for _ in range(20_000)]


def parse(prompt: str) -> tuple[dict[str, str], str]:
    *pairs, last = prompt.removeprefix("Map: ").split(", ")
    context = dict(pair.split(" -> ") for pair in pairs)
    assert len(context) == len(pairs)
    return context, last.removesuffix(" ->")


def rules_of(context: dict[str, str]) -> list[str]:
    return [name for name, rule in RULES.items() if all(rule(x) == y for x, y in context.items())]


def test_every_answer_follows_from_the_context(drawn: list[Item]) -> None:
    kinds: Counter[str] = Counter()
    for item in drawn:
        context, asked = parse(item.prompt)
        assert 4 <= len(context) <= 6
        if found := rules_of(context):
            [rule] = found
            assert asked not in context
            assert item.answer == f" {RULES[rule](asked)}\n"
            kinds[rule] += 1
        else:
            assert len(set(context.values())) == len(context)
            assert item.answer == f" {context[asked]}\n"
            kinds["labels"] += 1
    assert 0.48 < kinds.pop("labels") / len(drawn) < 0.52
    assert kinds.keys() == RULES.keys()
    assert all(0.09 < count / len(drawn) < 0.11 for count in kinds.values())


def test_a_label_belongs_to_no_word() -> None:
    rng = random.Random(8)
    labels: dict[str, set[str]] = {}
    for _ in range(20_000):
        context, asked = parse(draw(rng).prompt)
        if asked in context:
            labels.setdefault(asked, set()).add(context[asked])
    assert min(map(len, labels.values())) > 6


def test_a_word_that_is_asked_comes_in_no_context_of_the_training() -> None:
    lines = "".join(islice(training_items(TASK, 0), 2_000)).splitlines()
    trained = {word for line in lines for word in parse(line.rpartition(" ->")[0])[0]}
    assert trained.isdisjoint(parse(item.prompt)[1] for item in questions(TASK, 0, 300))
    assert all(parse(item.prompt)[0].keys() - {parse(item.prompt)[1]} <= trained for item in questions(TASK, 0, 300))


def test_chance_is_any_label_or_the_commonest_letter(drawn: list[Item]) -> None:
    looked_up = [1 / len(context) for context, asked in (parse(item.prompt) for item in drawn) if asked in context]
    letters: dict[str, Counter[str]] = {"first": Counter(), "next": Counter()}
    for item in drawn:
        for rule in rules_of(parse(item.prompt)[0]):
            if rule in letters:
                letters[rule][item.answer] += 1
    guessed = sum(counter.most_common(1)[0][1] for counter in letters.values())
    assert (sum(looked_up) + guessed) / len(drawn) == pytest.approx(CHANCE, abs=0.005)
