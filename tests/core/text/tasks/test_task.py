"""Does every task keep what it trains apart from what it asks, in the same way everywhere?"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from core.registry import discover
from core.text.tasks.task import DOCUMENT_BYTES, Item, Task, distinct, held_out, questions, training_items

TASKS = discover("core.text.tasks", "TASK")
DRAWS = 10_000
DIGEST = """
import hashlib, sys
from itertools import islice
from core.registry import discover
from core.text.tasks.task import questions, training_items
digest = hashlib.sha256()
for task in discover("core.text.tasks", "TASK").values():
    texts = [*islice(training_items(task, 5), 30), *(item.key + item.text for item in questions(task, 5, 20))]
    digest.update("".join(texts).encode())
assert "torch" not in sys.modules and "numpy" not in sys.modules
print(digest.hexdigest())
"""


@pytest.fixture(params=sorted(TASKS), scope="module")
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


@pytest.fixture(scope="module")
def drawn(task: Task) -> list[Item]:
    rng = random.Random(11)
    return [task.draw(rng) for _ in range(DRAWS)]


def trained_on(task: Task, count: int) -> list[Item]:
    """The items of the first documents, statements aside: at least `count`."""
    drawn: list[Item] = []

    def draw(rng: random.Random) -> Item:
        drawn.append(task.draw(rng))
        return drawn[-1]

    kept: list[Item] = []
    documents = training_items(replace(task, draw=draw, statement=None), 3)
    while len(kept) < count:
        document = next(documents)
        for item in drawn:
            # What is drawn but does not come next in the document was left out; it holds nothing else.
            if document.startswith(item.text):
                kept.append(item)
                document = document.removeprefix(item.text)
        assert document == ""
        drawn.clear()
    return kept


def test_the_seven_skills_of_a_house_model_are_there() -> None:
    skills = {"facts", "instructions", "arithmetic", "retrieval", "mapping", "translation", "korean"}
    assert skills <= TASKS.keys()


def test_no_key_is_both_trained_on_and_asked(task: Task, drawn: list[Item]) -> None:
    trained = {item.key for item in trained_on(task, DRAWS)}
    asked = {item.key for seed in (0, 1) for item in questions(task, seed, 100)}
    kept_out = {item.key for item in drawn if held_out(item.key)}
    assert len(trained) > 100 and asked
    assert trained.isdisjoint(asked | kept_out)


def test_about_a_tenth_is_held_out(drawn: list[Item]) -> None:
    assert 0.08 < sum(held_out(item.key) for item in drawn) / DRAWS < 0.12


def test_an_answer_continues_its_prompt_on_one_line(task: Task, drawn: list[Item]) -> None:
    for item in drawn:
        assert item.answer.strip() and item.answer.endswith("\n") and item.answer.count("\n") == 1
        assert item.prompt == item.prompt.strip()
        assert item.key.startswith(f"{task.id}/")


def test_a_prompt_has_one_answer_and_one_key(drawn: list[Item]) -> None:
    answers: dict[str, tuple[str, str]] = {}
    for item in drawn:
        assert answers.setdefault(item.prompt, (item.answer, item.key)) == (item.answer, item.key)


def test_no_constant_answer_beats_chance(task: Task, drawn: list[Item]) -> None:
    best = Counter(item.answer for item in drawn).most_common(1)[0][1] / DRAWS
    assert best < task.chance + 3 * (task.chance / DRAWS) ** 0.5


def test_documents_are_short_and_hold_several_items(task: Task) -> None:
    documents = list(islice(training_items(task, 0), 400))
    assert all(DOCUMENT_BYTES <= len(document.encode()) <= 700 for document in documents)
    assert all(document.endswith("\n") and document.count("\n") > 1 for document in documents)
    assert task.id == "korean" or all(document.isascii() for document in documents)
    assert len(set(documents)) == 400


def test_questions_differ_and_the_seed_decides(task: Task) -> None:
    asked = questions(task, 4, 100)
    assert len({item.prompt for item in asked}) == 100
    assert all(held_out(item.key) for item in asked)
    assert questions(task, 4, 50) == asked[:50]
    assert questions(task, 5, 50) != asked[:50]
    assert next(training_items(task, 1)) != next(training_items(task, 2))


def test_the_words_say_what_guessing_reaches_in_both_languages(task: Task) -> None:
    assert task.title.is_translated("ko") and task.about.is_translated("ko")
    stated = ("almost nothing", "거의") if task.chance < 0.005 else (f"{task.chance:.0%}",) * 2
    assert stated[0] in task.about.en and stated[1] in (task.about.ko or "")


def test_more_questions_than_there_are_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"facts has 2\d\d held-out questions, not 1000; ask for fewer"):
        questions(TASKS["facts"], 0, 1000)


def test_every_process_makes_the_same_without_torch() -> None:
    done = [
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert done[0] == done[1] != ""


def test_the_hash_of_a_key_alone_decides_and_is_known() -> None:
    for key in ("arithmetic/17+25", "facts/Mira Solen/town", "mapping/lamp", "한국어"):
        first = hashlib.sha256(key.encode()).hexdigest()[:16]
        assert held_out(key) == (int(first, 16) / 2**64 < 0.1)
    assert 900 < sum(held_out(str(number)) for number in range(10_000)) < 1100


def test_distinct_values_differ_and_all_can_be_drawn() -> None:
    rng = random.Random(0)
    assert sorted(distinct(rng, "abcd", 4)) == list("abcd")
    assert {distinct(rng, "abcd", 2)[0] for _ in range(100)} == set("abcd")
