"""Are the facts of the made world stated throughout, and asked about only where they may be?"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from itertools import islice

import pytest

from core.text.tasks.facts import CHANCE, TASK, draw, statement
from core.text.tasks.task import held_out, questions, training_items

PERSON = r"[A-Z][a-z]+ [A-Z][a-z]+"
STATED = {
    "town": (
        rf"(?P<who>{PERSON}) (?:lives|has a house) in (?P<what>\w+)\.",
        rf"The home of (?P<who>{PERSON}) is (?P<what>\w+)\.",
        rf"In (?P<what>\w+) lives (?P<who>{PERSON})\.",
    ),
    "craft": (
        rf"(?:By craft )?(?P<who>{PERSON}) (?:is|works as) a (?P<what>\w+)\.",
        rf"One good (?P<what>\w+) is (?P<who>{PERSON})\.",
    ),
    "animal": (
        rf"(?P<who>{PERSON}) (?:keeps|looks after) a (?P<what>\w+)\.",
        rf"The animal of (?P<who>{PERSON}) is a (?P<what>\w+)\.",
        rf"A (?P<what>\w+) belongs to (?P<who>{PERSON})\.",
    ),
}
ASKED = {"town": "live|home|house", "craft": "craft|work", "animal": "animal|look after"}


def read(line: str) -> tuple[str, str, str]:
    """Who, which attribute, what: of a statement."""
    for attribute, patterns in STATED.items():
        for pattern in patterns:
            if match := re.fullmatch(pattern, line):
                return match["who"], attribute, match["what"]
    raise AssertionError(f"{line!r} states nothing")


def asked(prompt: str) -> tuple[str, str]:
    """Who and which attribute: of a question."""
    person = re.search(PERSON, re.sub(r"^\w+", "", prompt))
    [attribute] = [attribute for attribute, words in ASKED.items() if re.search(rf"\b(?:{words})\b", prompt)]
    assert person
    return person[0], attribute


@pytest.fixture(scope="module")
def world() -> dict[tuple[str, str], str]:
    """What the statements alone say."""
    rng = random.Random(2)
    found: dict[tuple[str, str], str] = {}
    for _ in range(20_000):
        who, attribute, what = read(statement(rng).removesuffix("\n"))
        assert found.setdefault((who, attribute), what) == what
    return found


def test_all_is_stated_about_300_people_with_a_surname_each(world: dict[tuple[str, str], str]) -> None:
    people = {who for who, _ in world}
    assert len(people) == len({who.split()[1] for who in people}) == 300
    assert len(world) == 900
    kinds = {(what, attribute) for (_, attribute), what in world.items()}
    assert len(dict(kinds)) == len(kinds), "no value is both a town and a craft"
    assert all(36 <= count <= 40 for count in Counter(attribute for _, attribute in kinds).values())


def test_every_answer_is_what_the_statements_say(world: dict[tuple[str, str], str]) -> None:
    rng = random.Random(3)
    for _ in range(5_000):
        item = draw(rng)
        assert item.answer == f" {world[asked(item.prompt)]}\n"


def test_a_word_with_a_vowel_first_does_not_follow_a() -> None:
    rng = random.Random(4)
    assert not any(re.search(r"\b[Aa] [aeiou]", statement(rng)) for _ in range(5_000))


def test_training_states_what_it_does_not_ask(world: dict[tuple[str, str], str]) -> None:
    lines = "".join(islice(training_items(TASK, 0), 4_000)).splitlines()
    statements = {read(line)[:2] for line in lines if "?" not in line}
    trained = {asked(line.split("?")[0] + "?") for line in lines if "?" in line}
    kept_out = {asked(item.prompt) for item in questions(TASK, 1, 200)}
    assert statements == world.keys()
    assert trained.isdisjoint(kept_out)
    assert len(trained) > 780
    assert all(held_out(f"facts/{who}/{attribute}") for who, attribute in kept_out)


def test_statements_and_questions_stand_in_documents_of_their_own() -> None:
    documents = list(islice(training_items(TASK, 0), 1_000))
    asking = [document for document in documents if "?" in document]
    assert 400 < len(asking) < 600
    assert all(line.count("?") == 1 for document in asking for line in document.splitlines())


def test_chance_is_the_commonest_value_of_what_is_asked(world: dict[tuple[str, str], str]) -> None:
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, attribute), what in world.items():
        values[attribute][what] += 1
    assert sum(counter.most_common(1)[0][1] for counter in values.values()) / 900 == pytest.approx(CHANCE)
