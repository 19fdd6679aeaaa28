"""Does the model do what it is told, with words that it has not seen together? Short exact instructions on a list."""

from __future__ import annotations

import random
from collections.abc import Callable

from core.language import Text
from core.text.tasks.task import Item, Task, distinct
from core.text.tasks.words import WORDS

TIMES = {2: "twice", 3: "three times"}


def _repeat(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 2)
    times = rng.choice(tuple(TIMES))
    return words, f"Say {TIMES[times]}: {' '.join(words)}", " ".join(words * times)


def _first(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 3 + rng.randrange(3))
    return words, f"Give the first word: {' '.join(words)}", words[0]


def _last(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 3 + rng.randrange(3))
    return words, f"Give the last word: {' '.join(words)}", words[-1]


def _longest(rng: random.Random) -> tuple[list[str], str, str]:
    count = 3 + rng.randrange(3)
    while True:
        words = distinct(rng, WORDS, count)
        longest = max(words, key=len)
        if sum(len(word) == len(longest) for word in words) == 1:
            return words, f"Give the longest word: {' '.join(words)}", longest


def _capitals(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 2)
    return words, f"Write in capitals: {' '.join(words)}", " ".join(words).upper()


def _reverse(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 3)
    return words, f"Reverse the order: {' '.join(words)}", " ".join(reversed(words))


def _count(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 2 + rng.randrange(5))
    return words, f"Count the words: {' '.join(words)}", str(len(words))


def _join(rng: random.Random) -> tuple[list[str], str, str]:
    words = distinct(rng, WORDS, 2 + rng.randrange(2))
    return words, f"Join with a dash: {' '.join(words)}", "-".join(words)


def _contains(rng: random.Random) -> tuple[list[str], str, str]:
    *words, other = distinct(rng, WORDS, 4 + rng.randrange(3))
    inside = rng.random() < 0.5
    asked = rng.choice(words) if inside else other
    return [*words, asked], f"Is {asked} in the list: {' '.join(words)}", "yes" if inside else "no"


FORMS: tuple[Callable[[random.Random], tuple[list[str], str, str]], ...] = (
    _repeat,
    _first,
    _last,
    _longest,
    _capitals,
    _reverse,
    _count,
    _join,
    _contains,
)
# Yes or no; a count from 2 to 6; one of six orders; one of three to five words in three forms; twice or three times.
# Capitals and dashes leave no choice: whoever knows that form has understood it.
CHANCE = (1 / 2 + 1 / 5 + 1 / 6 + 3 * (1 / 3 + 1 / 4 + 1 / 5) / 3 + 1 / 2) / len(FORMS)


def draw(rng: random.Random) -> Item:
    """One of nine instructions: `User: Reverse the order: lamp river stone`, `Assistant: stone river lamp`."""
    words, instruction, answer = rng.choice(FORMS)(rng)
    # Without the form and the order: a held-out set of words comes in no instruction of the training.
    key = f"instructions/{' '.join(sorted(set(words)))}"
    return Item(key=key, prompt=f"User: {instruction}\nAssistant:", answer=f" {answer}\n")


TASK = Task(
    id="instructions",
    title=Text("Instructions", "지시 따르기"),
    about=Text(
        "Nine kinds of short instructions on a list of words, such as to reverse, count or join them; one combination "
        f"of words in ten is held out from all; guessing reaches {CHANCE:.0%}.",
        "낱말 목록을 뒤집고 세고 잇는 등 아홉 가지 짧은 지시를 학습하고, 낱말 조합 열에 하나는 모든 지시에서 "
        f"제외합니다. 찍어서 맞힐 확률은 {CHANCE:.0%}입니다.",
    ),
    chance=CHANCE,
    draw=draw,
)
