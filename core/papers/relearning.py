"""What does the tagger learn from a person's corrections, and is it better or worse for it?

It is asked about papers that it has not learned from. The corrections are dealt into folds, and each fold is judged by
what was learned from the others. A curated list is judged as a whole: its labels are never learned from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from core.papers.lens.fit_personal import Rows, fit, holds, rows_of
from core.papers.lens.personal import Difference
from core.papers.lens.stage_model import StageModel, stage_model
from core.papers.paper import Paper
from core.papers.tagging import read_papers

FOLDS = 5
TELLING = 20  # papers from which figures begin to say something


class Lesson(NamedTuple):
    """A paper, and the stages that a person or a curated list gives it."""

    paper: Paper
    stages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StageQuality:
    """How well one stage is found; `papers` have it."""

    precision: float
    recall: float
    f1: float
    papers: int


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How well papers are filed.

    :param right: papers of which every stage is right.
    :param macro_f1: the mean over the stages that some paper has.
    """

    right: int
    macro_f1: float
    stages: dict[str, StageQuality]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The same papers, filed before and after.

    :param before: by the tagger as shipped.
    :param better, worse: papers that became right, and wrong.
    :param p: how often chance alone would part them at least so unevenly (two-sided sign test).
    """

    papers: int
    before: Quality
    after: Quality
    better: int
    worse: int
    p: float

    @property
    def is_telling(self) -> bool:
        """Whether there are papers enough for the figures to say something."""
        return self.papers >= TELLING


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Before and after, on papers that were not learned from.

    :param corrections: in folds; None where there is only one, from which nothing can be held back.
    :param curated: papers of curated lists that no person has corrected; None where there are none.
    """

    corrections: Comparison | None
    curated: Comparison | None

    def as_document(self) -> dict[str, Any]:
        """As JSON; `effect_of` reads it."""
        return asdict(self)


def effect_of(document: dict[str, Any]) -> Effect:
    """The figures that a document holds.

    :raises KeyError, TypeError: it holds none.
    """
    return Effect(corrections=_comparison(document["corrections"]), curated=_comparison(document["curated"]))


def learn(
    lessons: Sequence[Lesson],
    curated: Sequence[Lesson],
    others: Sequence[Paper],
    *,
    on_step: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[Difference, Effect]:
    """What corrections teach, and how good that is.

    :param lessons: the corrections.
    :param curated: other papers whose stages are known, to be judged by.
    :param others: papers that nobody corrected, to be held to what the shipped tagger says of them.
    :param on_step: called with how many fits of how many are done.
    :raises ValueError: no correction, or a stage that there is not.
    """
    if not lessons:
        raise ValueError("there is no correction to learn from; correct the stages of some papers first")
    model = stage_model()
    lessons = sorted(lessons, key=lambda lesson: hashlib.sha256(lesson.paper.id.encode()).digest())
    taught = rows_of(model, read_papers([lesson.paper for lesson in lessons], model))
    held = rows_of(model, read_papers(others, model))
    right = _wanted(model, lessons)
    folds = min(FOLDS, len(lessons)) if len(lessons) > 1 else 0
    after = np.zeros_like(right)
    for fold in range(folds):
        chosen = np.arange(len(lessons)) % folds == fold
        found = fit(model, taught.take(~chosen), right[~chosen], held)
        after[chosen] = holds(model, taught.take(chosen), found)
        on_step(fold + 1, folds + 1)
    difference = fit(model, taught, right, held)
    on_step(folds + 1, folds + 1)
    figures = Effect(
        corrections=_compare(model, right, holds(model, taught), after) if folds else None,
        curated=_judge(model, curated, difference),
    )
    return difference, figures


def _judge(model: StageModel, curated: Sequence[Lesson], difference: Difference) -> Comparison | None:
    if not curated:
        return None
    rows: Rows = rows_of(model, read_papers([lesson.paper for lesson in curated], model))
    return _compare(model, _wanted(model, curated), holds(model, rows), holds(model, rows, difference))


def _wanted(model: StageModel, lessons: Sequence[Lesson]) -> np.ndarray:
    """The lessons' stages, bool (lessons, stages)."""
    for lesson in lessons:
        if unknown := set(lesson.stages) - set(model.stages):
            raise ValueError(f"{lesson.paper.id}: unknown stage {', '.join(sorted(unknown))}")
    return np.array([[stage in lesson.stages for stage in model.stages] for lesson in lessons], dtype=bool)


def _compare(model: StageModel, right: np.ndarray, before: np.ndarray, after: np.ndarray) -> Comparison:
    from scipy.stats import binomtest

    was, now = ((said == right).all(axis=1) for said in (before, after))
    better, worse = int((now & ~was).sum()), int((was & ~now).sum())
    return Comparison(
        papers=len(right),
        before=_quality(model, right, before),
        after=_quality(model, right, after),
        better=better,
        worse=worse,
        p=round(float(binomtest(better, better + worse).pvalue), 4) if better + worse else 1.0,
    )


def _quality(model: StageModel, right: np.ndarray, said: np.ndarray) -> Quality:
    hits, claimed, there = (part.sum(axis=0).tolist() for part in (right & said, said, right))
    stages = {
        stage: StageQuality(
            precision=round(hits[place] / max(1, claimed[place]), 4),
            recall=round(hits[place] / max(1, there[place]), 4),
            f1=round(2 * hits[place] / max(1, claimed[place] + there[place]), 4),
            papers=there[place],
        )
        for place, stage in enumerate(model.stages)
    }
    scores = [found.f1 for found in stages.values() if found.papers]
    return Quality(
        right=int((said == right).all(axis=1).sum()),
        macro_f1=round(sum(scores) / len(scores), 4) if scores else 0.0,
        stages=stages,
    )


def _comparison(document: dict[str, Any] | None) -> Comparison | None:
    if document is None:
        return None
    sides = {name: _quality_of(document[name]) for name in ("before", "after")}
    return Comparison(**(document | sides))


def _quality_of(document: dict[str, Any]) -> Quality:
    return Quality(**(document | {"stages": {key: StageQuality(**row) for key, row in document["stages"].items()}}))
