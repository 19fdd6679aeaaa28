"""How does a small model learn facts by heart, and to read others from passages? And what does it answer afterwards?

A row is some passages, then questions, each with its answer: `town stem value` throughout. What is asked stands in a
passage of the row, or was learned, or is unknown, which training says with a token of its own. The facts are those of
`core.text.fact_store`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.experiment import Cache
from core.gpt.config import GPTConfig
from core.gpt.loss import IGNORED
from core.gpt.model import GPT
from core.text.fact_store import CONTESTED, PRACTICE, UNKNOWN, UNSEEN, Ints, World
from core.training.train import StepRecord, train

SPAN = 3  # tokens of a passage, and of a question with its answer
QUESTIONS = 4  # in a training row
FROM_PASSAGES = 0.75  # of the questions of a row with passages
WITHOUT_PASSAGES = 0.1  # of the batches
GROWING = 0.5  # of the training, in which rows grow from two passages to as many as there may be
ONE_TOWN = 0.5  # of the rows: all passages are of one town, as a search finds them
MARKS = (0.05, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the training, after which the reader is kept
CONFIDENT = 0.5  # a wrong answer with a greater chance counts as a hallucination
AT_ONCE = 512  # questions


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What makes a reader.

    :param world: what `make_world` is called with.
    :param contradicted: how often a passage on a contested fact says something else than what is learned.
    :param unknown: which part of the questions that no passage needs to answer teaches to say unknown.
    :param most: passages in a row, at most.
    """

    world: dict[str, int]
    width: int
    layers: int
    contradicted: float
    unknown: float
    most: int
    steps: int
    rows: int
    rate: float
    seed: int
    device: str

    def model(self, world: World) -> GPT:
        """The reader before its first step."""
        torch.manual_seed(self.seed)
        config: dict[str, Any] = {
            "vocab_size": world.vocabulary,
            "hidden_size": self.width,
            "intermediate_size": 2 * self.width,
            "num_hidden_layers": self.layers,
            "num_attention_heads": 4,
            "max_position_embeddings": SPAN * (self.most + QUESTIONS),
        }
        return GPT(GPTConfig(**config))


def stages(cache: Cache, lesson: Lesson, world: World) -> Iterator[tuple[int, Path]]:
    """Make the reader, or find it: yields the steps done so far and the folder of the model after them."""
    pupil = _Pupil(lesson, world)
    for done in sorted({max(1, round(mark * lesson.steps)) for mark in MARKS}):

        def make(folder: Path, done: int = done) -> None:
            pupil.save(folder, after=done)

        yield done, cache.checkpoint({"reader": asdict(lesson), "marks": list(MARKS), "after": done}, make)


def load_reader(folder: Path, device: str) -> GPT:
    """The model of a stage, ready to be asked."""
    model: Any = GPT.from_pretrained(folder)
    reader: GPT = model.to(device).eval()
    return reader


class _Pupil:
    """One training without a break, whose model can be kept on the way. It begins when a model is first asked for."""

    def __init__(self, lesson: Lesson, world: World) -> None:
        self._lesson, self._world = lesson, world
        self._done = 0

    def save(self, folder: Path, *, after: int) -> None:
        if not self._done:
            self._model = self._lesson.model(self._world)
            self._records = self._train()
        while self._done < after:
            self._done = next(self._records).step
        self._model.save_pretrained(folder)

    def _train(self) -> Iterator[StepRecord]:
        lesson = self._lesson
        return train(
            self._model,
            batches(self._world, lesson),
            steps=lesson.steps,
            learning_rate=lesson.rate,
            warmup=lesson.steps // 20,
            weight_decay=0.01,
            seed=lesson.seed,
            device=lesson.device,
        )


def batches(world: World, lesson: Lesson) -> Iterator[dict[str, Tensor]]:
    """Training batches; all rows of a batch have as many passages, at first few."""
    random = np.random.default_rng(lesson.seed)
    for step in itertools.count():
        # With few passages there is more to gain by finding the right one, and a row costs less.
        most = min(lesson.most, 2 + round((lesson.most - 2) * step / (GROWING * lesson.steps)))
        passages = 0 if random.random() < WITHOUT_PASSAGES else int(random.integers(1, most + 1))
        ids = training_rows(
            world, lesson.rows, passages, contradicted=lesson.contradicted, unknown=lesson.unknown, random=random
        )
        labels = ids.copy()
        labels[:, : SPAN * passages] = IGNORED
        for place in range(SPAN - 1):  # only answers count
            labels[:, place::SPAN] = IGNORED
        yield {"input_ids": torch.from_numpy(ids), "labels": torch.from_numpy(labels)}


def training_rows(
    world: World, count: int, passages: int, *, contradicted: float, unknown: float, random: np.random.Generator
) -> Ints:
    """Rows of `passages` passages and `QUESTIONS` questions with their answers: (count, SPAN * (both)) token ids."""
    words = len(world.town)
    home = random.integers(world.towns, size=(count, 1))
    elsewhere = (world.town != home) & (random.random((count, 1)) < ONE_TOWN)
    nearest = (random.random((count, words), dtype=np.float32) + elsewhere).argpartition(passages, axis=1)
    told = random.permuted(nearest[:, :passages], axis=1)  # (count, passages)
    said = _said(world, told, contradicted, random)
    asked, answers = _from_memory(world, count, unknown, random)
    if passages:
        same = told[:, None, :] == asked[:, :, None]  # (count, questions, passages)
        read = world.value_ids(np.take_along_axis(said, same.argmax(2), axis=1))
        answers = np.where(same.any(2), read, answers)
        order = random.random(told.shape).argsort(axis=1)
        order = np.tile(order, -(-QUESTIONS // passages))[:, :QUESTIONS]
        use = random.random(asked.shape) < FROM_PASSAGES
        asked = np.where(use, np.take_along_axis(told, order, axis=1), asked)
        answers = np.where(use, world.value_ids(np.take_along_axis(said, order, axis=1)), answers)
    return np.concatenate([_triples(world, told, world.value_ids(said)), _triples(world, asked, answers)], axis=1)


def _said(world: World, told: Ints, contradicted: float, random: np.random.Generator) -> Ints:
    """What passages say: a learned fact its value, unless it is contested; others any value."""
    anything = np.isin(told, world.words(UNSEEN, PRACTICE))
    contested = np.isin(told, world.words(CONTESTED)) & (random.random(told.shape) < contradicted)
    return np.where(anything | contested, random.integers(world.values, size=told.shape), world.value[told])


def _from_memory(world: World, count: int, unknown: float, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Questions whose answer no passage needs to give: learned facts, and practice words, which are unknown."""
    shape = (count, QUESTIONS)
    practice = world.words(PRACTICE)
    learned = random.random(shape) >= unknown
    facts = sum(world.sizes[:3])
    asked = np.where(learned, random.integers(facts, size=shape), random.choice(practice, size=shape))
    return asked, np.where(learned, world.value_ids(world.value[asked]), UNKNOWN)


def _triples(world: World, words: Ints, last: Ints) -> Ints:
    """(rows, n) words and their last tokens as (rows, SPAN * n) token ids."""
    parts = np.stack([world.town_ids(world.town[words]), world.stem_ids(words), last], axis=2)
    return parts.reshape(len(words), -1)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a reader answered to many questions.

    :param chances: (questions, 1 + values), the chance of unknown and of each value.
    :param right: (questions,), the right values.
    :param learned: (questions,), the values in training, which differ where a fact has changed.
    """

    chances: NDArray[np.float64]
    right: Ints
    learned: Ints

    @property
    def given(self) -> Ints:
        """(questions,) the likeliest value, -1 for unknown."""
        return self.chances.argmax(1) - 1

    @property
    def accuracy(self) -> float:
        """The share of right answers; unknown is none."""
        return float((self.given == self.right).mean())

    @property
    def stale(self) -> float:
        """The share of answers that were right in training and are no more."""
        return float(((self.given == self.learned) & (self.learned != self.right)).mean())

    @property
    def unknown(self) -> float:
        """The share answered with unknown."""
        return float((self.given < 0).mean())

    @property
    def hallucinated(self) -> float:
        """The share of wrong answers given with confidence."""
        return self._hallucinated(self.chances)

    @property
    def made_to_answer(self) -> float:
        """The same where unknown is not allowed, and the chances of the values make up the whole."""
        values = self.chances.copy()
        values[:, UNKNOWN] = 0.0
        return self._hallucinated(values / np.maximum(values.sum(axis=1, keepdims=True), 1e-30))

    def only(self, which: NDArray[np.bool_]) -> Answers:
        """Those to some of the questions."""
        return Answers(chances=self.chances[which], right=self.right[which], learned=self.learned[which])

    def _hallucinated(self, chances: NDArray[np.float64]) -> float:
        given = chances.argmax(axis=1) - 1
        return float(((given >= 0) & (given != self.right) & (chances.max(axis=1) > CONFIDENT)).mean())


@torch.no_grad()
def ask(
    model: GPT, world: World, words: Ints, told: Sequence[Sequence[int]], *, values: Ints, right: Ints | None = None
) -> Answers:
    """Ask about `words`, each with its passages before it.

    :param told: for each question the words that its passages are on, in their order; any number, none too.
    :param values: (words of the world,), what the passages say.
    :param right: (words of the world,), the right values; by default the same.
    """
    chances = np.zeros((len(words), 1 + world.values))
    answers = np.concatenate([[UNKNOWN], world.value_ids(np.arange(world.values))])
    lengths = np.array([len(few) for few in told])
    device = next(model.parameters()).device
    for length in np.unique(lengths):  # rows of one length need no padding
        alike = np.flatnonzero(lengths == length)
        for places in np.split(alike, range(AT_ONCE, len(alike), AT_ONCE)):
            few = np.array([told[place] for place in places], dtype=np.int64).reshape(len(places), length)
            question = _triples(world, words[places, None], np.zeros((len(places), 1), dtype=np.int64))[:, : SPAN - 1]
            ids = np.concatenate([_triples(world, few, world.value_ids(values[few])), question], axis=1)
            logits = model(input_ids=torch.from_numpy(ids).to(device), logits_to_keep=1).logits[:, -1]
            chances[places] = logits.double().softmax(dim=-1).cpu().numpy()[:, answers]
    right = values if right is None else right
    return Answers(chances=chances, right=right[words], learned=world.value[words])


def remembered(model: GPT, world: World, words: Ints) -> Answers:
    """Ask for what was learned by heart, with no passage."""
    return ask(model, world, words, [[]] * len(words), values=world.value)


def read_anew(model: GPT, world: World, words: Ints, *, passages: int, seed: int) -> Answers:
    """Ask about each word with a value of the moment, in one of so many passages on any words."""
    random = np.random.default_rng(seed)
    everything = np.arange(len(world.town))
    values = _said(world, everything, 0.0, random)
    values[words] = random.integers(world.values, size=len(words))
    told = []
    for word in words:
        others = random.choice(everything[everything != word], size=passages - 1, replace=False)
        told.append(random.permutation([word, *others]).tolist())
    return ask(model, world, words, told, values=values)
