"""Does each sentence say the same in both languages?"""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import islice

import pytest

from core.text.tasks.task import Item, questions, training_items
from core.text.tasks.translation import ADJECTIVES, CHANCE, NOUNS, RESTING, SEEING, TASK, draw

PLURALS = {"children": "child", "foxes": "fox"} | {f"{noun}s": noun for noun in NOUNS if noun not in ("child", "fox")}
THIRD_PERSON = {"carries": "carry"} | {f"{verb}s": verb for verb in (*SEEING, *RESTING) if verb != "carry"}
VERBS = SEEING | RESTING


@pytest.fixture(scope="module")
def drawn() -> list[Item]:
    rng = random.Random(9)
    return [draw(rng) for _ in range(10_000)]


def both(item: Item) -> tuple[str, str]:
    """The English and the Tovan of an item."""
    lines = dict(line.split(": ") for line in item.text.splitlines())
    return lines["English"], lines["Tovan"]


def noun_phrase(words: list[str], case: str) -> list[str]:
    """Tovan for `old farmers`: noun, number and case, then the adjective."""
    *adjectives, noun = words
    stem = NOUNS[PLURALS.get(noun, noun)]
    return [stem + ("ri" if noun in PLURALS else "") + case, *(ADJECTIVES[word] for word in adjectives)]


def to_tovan(english: str) -> str:
    """Translate word by word, from the English alone."""
    words = english.split()
    place = next(place for place, word in enumerate(words) if place > 1 and word not in {*NOUNS, *PLURALS, *ADJECTIVES})
    verb = words[place]
    base = verb if words[place - 1] in PLURALS else THIRD_PERSON[verb]
    assert words[0] == "the" and (not words[place + 1 :] or words[place + 1] == "the")
    acted_on = noun_phrase(words[place + 2 :], "m") if words[place + 1 :] else []
    return " ".join([*noun_phrase(words[1:place], ""), *acted_on, VERBS[base]])


def test_every_translation_is_right_in_both_directions(drawn: list[Item]) -> None:
    directions: Counter[str] = Counter()
    for item in drawn:
        english, tovan = both(item)
        assert tovan == to_tovan(english)
        assert 3 <= len(english.split()) <= 7
        assert item.key == f"translation/{english}"
        directions[item.prompt.split(":")[0]] += 1
    assert 0.48 < directions["English"] / len(drawn) < 0.52


def test_a_tovan_sentence_has_one_meaning(drawn: list[Item]) -> None:
    meaning: dict[str, str] = {}
    for item in drawn:
        english, tovan = both(item)
        assert meaning.setdefault(tovan, english) == english
    forms = [stem + suffix for stem in NOUNS.values() for suffix in ("", "m", "ri", "rim")]
    words = [*forms, *ADJECTIVES.values(), *VERBS.values()]
    assert len(set(words)) == len(words)


def test_a_held_out_sentence_is_read_in_neither_language() -> None:
    text = "".join(islice(training_items(TASK, 0), 4_000))
    trained = set(re.sub("^(English|Tovan): ", "", text, flags=re.MULTILINE).splitlines())
    kept_out = {sentence for item in questions(TASK, 0, 500) for sentence in both(item)}
    assert len(trained) > 10_000 and len(kept_out) > 900
    assert trained.isdisjoint(kept_out)


def test_chance_is_the_commonest_sentence() -> None:
    rng = random.Random(10)
    short = Counter(len(both(draw(rng))[0].split()) for _ in range(30_000))[3] / 30_000
    # Twelve actors in two numbers, six verbs.
    assert short / (12 * 2 * 6) == pytest.approx(CHANCE, abs=0.00005)
