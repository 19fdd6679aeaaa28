"""What does a house model read? Documents of several kinds, each with a part that is kept out and a stated origin.

Real prose and code come from the Python that runs (`core.text.corpora`), tasks with a known truth from the generators
in `core.text.tasks`. Everything follows from the seed and the version of Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.registry import discover
from core.text import corpora
from core.text.corpora import Corpus
from core.text.tasks.task import Item, Task, questions, training_items

QUESTIONS = 200
REAL = {"prose": corpora.prose, "code": corpora.code}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of text.

    :param kind: "prose", "code", or a task's id.
    :param train: documents to learn from.
    :param held_out: documents to measure on, which share no module (real text) or question (a task) with `train`.
    :param origin: where it comes from, for a reader.
    :param sha256: of the corpus, or of what the task made.
    :param questions: held-out questions with their one right answer; none for real text.
    :param chance: accuracy of the best blind guess (see `Task.chance`), from 0 to 1; None for real text.
    """

    kind: str
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    origin: str
    sha256: str
    questions: tuple[Item, ...] = ()
    chance: float | None = None


def part(kind: str, *, held_out: float, characters: int, seed: int) -> Part:
    """One kind of text, split.

    :param held_out: fraction of the documents of real text that is kept out; a task keeps out what it always does.
    :param characters: how much of a task to make.
    :raises ValueError: there is no such kind.
    """
    if kind in REAL:
        return _real(REAL[kind](), held_out)
    found = discover("core.text.tasks", "TASK")
    if kind not in found:
        raise ValueError(f"there is no text of kind {kind!r}; choose from {', '.join((*REAL, *found))}")
    return _made(found[kind], characters, seed)


def _real(corpus: Corpus, held_out: float) -> Part:
    train, kept = corpus.split(held_out)
    return Part(
        kind=corpus.name,
        train=train,
        held_out=kept,
        origin=f"standard library of Python {corpus.python}",
        sha256=corpus.sha256,
    )


def _made(task: Task, characters: int, seed: int) -> Part:
    train = tuple(first_characters(training_items(task, seed), characters))
    asked = tuple(questions(task, seed, QUESTIONS))
    return Part(
        kind=task.id,
        train=train,
        held_out=tuple(item.text for item in asked),
        origin="made by the project",
        sha256=hashlib.sha256("\0".join(train).encode()).hexdigest(),
        questions=asked,
        chance=task.chance,
    )


def first_characters(documents: Iterable[str], characters: int) -> Iterator[str]:
    """The first documents, up to the one with which they have `characters` characters."""
    measured = 0
    for document in documents:
        yield document
        measured += len(document)
        if measured >= characters:
            return
