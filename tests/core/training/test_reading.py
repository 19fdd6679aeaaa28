"""Learning by heart and reading: what a row asks, what counts as a hallucination, and one training kept in stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checkpoints import FolderCache
from core.gpt.loss import IGNORED
from core.text.fact_store import CHANGED, CONTESTED, PRACTICE, STEADY, UNKNOWN, UNSEEN, World, make_world
from core.training.reading import (
    QUESTIONS,
    SPAN,
    Answers,
    Lesson,
    ask,
    batches,
    load_reader,
    read_anew,
    remembered,
    stages,
    training_rows,
)

WORLD: dict[str, int] = {"facts": 12, "unseen": 6, "practice": 6, "towns": 3, "values": 8, "seed": 2}


def world() -> World:
    return make_world(**WORLD)


def lesson(**changes: Any) -> Lesson:
    values: dict[str, Any] = {
        "world": WORLD, "width": 16, "layers": 1, "contradicted": 0.5, "unknown": 0.4, "most": 4, "steps": 8, "rows": 4,
        "rate": 1e-2, "seed": 1, "device": "cpu",
    }  # fmt: skip
    return Lesson(**(values | changes))


def triples(rows: np.ndarray, made: World) -> np.ndarray:
    """(rows, n, 2): the word and the value of each passage or question; -1 for unknown."""
    parts = rows.reshape(len(rows), -1, SPAN)
    words = parts[:, :, 1] - 1 - made.towns
    values = np.where(parts[:, :, 2] == UNKNOWN, -1, parts[:, :, 2] - 1 - made.towns - len(made.town))
    assert (parts[:, :, 0] == 1 + made.town[words]).all()
    return np.stack([words, values], axis=2)


@given(seed=st.integers(0, 10_000), passages=st.integers(0, 9), contradicted=st.sampled_from([0.0, 1.0]))
@settings(max_examples=40, deadline=None)
def test_every_answer_stands_in_a_passage_or_was_learned_or_is_unknown(
    seed: int, passages: int, contradicted: float
) -> None:
    made = world()
    random = np.random.default_rng(seed)
    rows = training_rows(made, 5, passages, contradicted=contradicted, unknown=0.4, random=random)
    assert rows.shape == (5, SPAN * (passages + QUESTIONS))
    for row in triples(rows, made):
        told = dict(row[:passages].tolist())
        assert len(told) == passages  # no word twice
        for word, answer in row[passages:].tolist():
            if word in told:
                assert answer == told[word]
            elif word in made.words(CHANGED, CONTESTED, STEADY):
                assert answer == made.value[word]
            else:
                assert word in made.words(PRACTICE)
                assert answer == -1


def test_passages_contradict_what_is_learned_on_contested_facts_alone() -> None:
    made = world()
    rows = training_rows(made, 200, 6, contradicted=1.0, unknown=0.4, random=np.random.default_rng(0))
    words, values = triples(rows[:, : SPAN * 6], made).reshape(-1, 2).T
    differs = values != made.value[words]
    for group, expected in ((CHANGED, 0.0), (STEADY, 0.0), (CONTESTED, 7 / 8), (UNSEEN, 7 / 8), (PRACTICE, 7 / 8)):
        assert differs[np.isin(words, made.words(group))].mean() == pytest.approx(expected, abs=0.06)


def test_unseen_facts_are_never_taught_to_be_unknown_or_asked_without_a_passage() -> None:
    made = world()
    for passages in (0, 3):
        rows = training_rows(made, 100, passages, contradicted=0.0, unknown=0.4, random=np.random.default_rng(1))
        for row in triples(rows, made):
            told = row[:passages, 0]
            assert all(word in told for word in row[passages:, 0] if word in made.words(UNSEEN))


def test_where_unknown_is_not_taught_every_question_has_a_value() -> None:
    made = world()
    rows = training_rows(made, 50, 0, contradicted=0.0, unknown=0.0, random=np.random.default_rng(1))
    assert (triples(rows, made)[:, :, 1] >= 0).all()


def test_only_answers_are_labels_and_rows_grow() -> None:
    stream = batches(world(), lesson(most=9, steps=40))
    lengths = []
    for batch in (next(stream) for _ in range(40)):
        ids, labels = batch["input_ids"], batch["labels"]
        lengths.append(ids.shape[1] // SPAN - QUESTIONS)
        assert (labels != IGNORED).sum() == len(ids) * QUESTIONS
        assert (labels[:, SPAN * lengths[-1] + SPAN - 1 :: SPAN] == ids[:, SPAN * lengths[-1] + SPAN - 1 :: SPAN]).all()
    assert max(lengths[:4]) <= 3
    assert max(lengths) > 6


def answers(*rows: tuple[list[float], int]) -> Answers:
    right = np.array([value for _, value in rows])
    return Answers(chances=np.array([row for row, _ in rows]), right=right, learned=np.ones_like(right))


def test_only_confident_wrong_values_are_hallucinations() -> None:
    found = answers(
        ([0.1, 0.8, 0.1], 0),  # right
        ([0.1, 0.1, 0.8], 0),  # wrong with confidence
        ([0.4, 0.15, 0.45], 0),  # wrong without; with confidence where unknown is ruled out
        ([0.9, 0.02, 0.08], 0),  # unknown; made to answer, wrong with confidence
        ([0.9, 0.08, 0.02], 0),  # unknown; made to answer, right
    )
    assert (found.accuracy, found.unknown, found.hallucinated, found.made_to_answer) == (0.2, 0.4, 0.2, 0.6)
    assert found.stale == 0.4
    assert found.only(np.array([True, False, False, False, False])).accuracy == 1.0


def test_the_chance_of_a_value_does_not_depend_on_what_else_is_asked() -> None:
    made = world()
    torch.manual_seed(0)
    model = lesson().model(made).eval()
    words = made.words(UNSEEN)
    told = [[int(word)] * (place % 3) for place, word in enumerate(words)]
    together = ask(model, made, words, told, values=made.value)
    alone = ask(model, made, words[4:5], told[4:5], values=made.value)
    np.testing.assert_allclose(together.chances[4], alone.chances[0], rtol=1e-5)
    assert together.chances.sum(axis=1).max() <= 1 + 1e-6


def weights(folder: Path) -> list[torch.Tensor]:
    return [parameter.detach() for parameter in load_reader(folder, "cpu").parameters()]


def test_a_training_that_is_kept_on_the_way_is_one_training(tmp_path: Path) -> None:
    made = world()
    whole = dict(stages(FolderCache(tmp_path / "one"), lesson(), made))
    assert list(whole) == sorted(whole)
    assert max(whole) == 8
    cut = FolderCache(tmp_path / "two")
    first = stages(cut, lesson(), made)
    next(first), next(first)  # a run that was stopped
    again = dict(stages(cut, lesson(), made))
    for done, folder in whole.items():
        assert all(torch.equal(a, b) for a, b in zip(weights(folder), weights(again[done]), strict=True))


def test_a_reader_learns_by_heart_and_to_read_from_one_passage(tmp_path: Path) -> None:
    made = world()
    taught = lesson(width=32, most=2, steps=150, rows=16)
    *_, (_, folder) = stages(FolderCache(tmp_path), taught, made)
    model = load_reader(folder, "cpu")
    assert remembered(model, made, made.words(STEADY)).accuracy == 1.0
    assert read_anew(model, made, made.words(UNSEEN), passages=1, seed=0).accuracy > 0.4  # one in eight by chance
    assert remembered(model, made, made.words(PRACTICE)).unknown > 0.8
