"""What is a task with a known truth, and how is what it trains kept apart from what it asks?

A key names the knowledge that a question is about. The hash of the key alone decides whether it is held out, so that
every seed, process and Python holds out the same, and training can never come upon what is asked.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.language import Text

# Bytes of UTF-8, because a byte-level tokenizer needs about as many tokens for them in every script.
DOCUMENT_BYTES = 300
# So many draws miss a question that comes once in 3,000 (the rarest do) in one case of a thousand.
MISSES = 20_000

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question with its one right answer.

    :param key: the knowledge it is about: equal knowledge has equal keys.
    :param prompt: the text up to where the answer begins.
    :param answer: the continuation that is right; ends with a newline.
    """

    key: str
    prompt: str
    answer: str

    @property
    def text(self) -> str:
        """The question and its answer, as they are trained on."""
        return self.prompt + self.answer


@dataclass(frozen=True, kw_only=True)
class Task:
    """A kind of question that a program can make without end and answer exactly.

    :param id: the file's name with `-`.
    :param title: its name.
    :param about: in one sentence what is trained in, what is held out, and what guessing reaches.
    :param chance: accuracy of the best blind guess, from 0 to 1: it knows how answers to this form of question look and
        what stands before the question, but not what is asked.
    :param draw: makes one item, held out or not; the same state of the generator gives the same item.
    :param statement: makes one line that states knowledge, of held-out keys too, without asking for it.
    """

    id: str
    title: Text
    about: Text
    chance: float
    draw: Callable[[random.Random], Item]
    statement: Callable[[random.Random], str] | None = None


def held_out(key: str) -> bool:
    """Whether a key is kept out of training: about one in ten, the same in every process and Python."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") < 2**64 // 10


def distinct(rng: random.Random, values: Sequence[T], count: int) -> list[T]:
    """Draw `count` different values; `random.sample` could draw others in another Python.

    :param values: at least `count` different ones.
    """
    found: list[T] = []
    while len(found) < count:
        value = rng.choice(values)
        if value not in found:
            found.append(value)
    return found


def training_items(task: Task, seed: int) -> Iterator[str]:
    """Endless documents of at least `DOCUMENT_BYTES` bytes: several items in each, none held out.

    A task that states things does so in half of the documents, apart from its items, so that an item stands at the
    beginning of a document as often as it will when it is asked alone.
    """
    rng = random.Random(f"{task.id}/training/{seed}")
    while True:
        states = task.statement is not None and rng.random() < 0.5
        lines: list[str] = []
        size = 0
        while size < DOCUMENT_BYTES:
            line = task.statement(rng) if states and task.statement else _trained_on(task, rng)
            lines.append(line)
            size += len(line.encode())
        yield "".join(lines)


def _trained_on(task: Task, rng: random.Random) -> str:
    while held_out((item := task.draw(rng)).key):
        pass
    return item.text


def questions(task: Task, seed: int, count: int) -> list[Item]:
    """Different held-out items, in an order that the seed fixes; training never holds a key of theirs.

    :raises ValueError: the task has not so many.
    """
    rng = random.Random(f"{task.id}/questions/{seed}")
    found: dict[str, Item] = {}
    misses = 0
    while len(found) < count:
        item = task.draw(rng)
        if held_out(item.key) and item.prompt not in found:
            found[item.prompt] = item
            misses = 0
        else:
            misses += 1
        if misses == MISSES:
            raise ValueError(f"{task.id} has {len(found)} held-out questions, not {count}; ask for fewer")
    return list(found.values())
