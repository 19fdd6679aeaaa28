"""How good is a stage tagger, how sure may it say it is, and from which confidence should a tag hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.papers.taxonomy import stages

STAGES = tuple(stages())
BINS = 10  # of confidence, of equal width


@dataclass(frozen=True)
class Example:
    """One paper: its text, the stems of it, which stages it has, and which of them count.

    :param id: its arXiv id.
    :param group: papers of one group are one paper twice and never parted by a fold.
    """

    text: str
    title: list[str]
    body: list[str]
    has_abstract: bool
    stages: tuple[bool, ...]
    counts: tuple[bool, ...]
    id: str = ""
    group: str = ""


@dataclass(frozen=True)
class Known:
    """The labels of papers: `held` and `counts`, both bool (papers, stages)."""

    held: np.ndarray
    counts: np.ndarray

    def take(self, rows: np.ndarray) -> Known:
        """The labels of some of the papers."""
        return Known(self.held[rows], self.counts[rows])


def known(examples: Sequence[Example]) -> Known:
    """The labels of `examples`."""
    shape = len(examples), len(STAGES)
    held, counts = (np.array([getattr(each, name) for each in examples]) for name in ("stages", "counts"))
    return Known(held.reshape(shape).astype(bool), counts.reshape(shape).astype(bool))


def calibrate(scores: np.ndarray, labels: Known) -> np.ndarray:
    """Platt's slope and offset for each stage (4, 2), from scores of papers that the model had not seen."""
    from sklearn.linear_model import LogisticRegression

    lines = []
    for place in range(len(STAGES)):
        chosen = labels.counts[:, place]
        line = LogisticRegression(C=1e6).fit(scores[chosen, place : place + 1], labels.held[chosen, place])
        lines.append((float(line.coef_[0, 0]), float(line.intercept_[0])))
    return np.array(lines)


def apply(calibration: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Scores (papers, 4) as probabilities."""
    return np.asarray(1 / (1 + np.exp(-(scores * calibration[:, 0] + calibration[:, 1]))))


def quality(said: np.ndarray, labels: Known, place: int) -> dict[str, float]:
    """Precision, recall and F1 of one stage.

    :param said: whether a tag was given, bool (papers, stages).
    """
    chosen = labels.counts[:, place]
    mine, right = said[chosen, place], labels.held[chosen, place]
    hits, many, papers = int((mine & right).sum()), int(mine.sum()), int(right.sum())
    return {
        "precision": hits / max(1, many),
        "recall": hits / max(1, papers),
        "f1": 2 * hits / max(1, many + papers),
        "papers": papers,
    }


def choose_thresholds(views: Sequence[tuple[np.ndarray, Known]]) -> list[float]:
    """For each stage the confidence from which a tag holds: the best F1, with and without abstracts taken together."""
    grid = [round(0.30 + 0.02 * step, 2) for step in range(16)]

    def total(place: int, value: float) -> float:
        return sum(quality(sure >= value, labels, place)["f1"] for sure, labels in views)

    return [max(grid, key=lambda value: (total(place, value), -value)) for place in range(len(STAGES))]


def reliability(confidence: np.ndarray, labels: Known) -> list[dict[str, float]]:
    """Over all stages, for each bin of confidence: how many, the mean confidence, and how often it was right."""
    said, right = confidence[labels.counts], labels.held[labels.counts]
    group = np.minimum((said * BINS).astype(int), BINS - 1)
    return [
        {
            "pairs": int((group == at).sum()),
            "confidence": float(said[group == at].mean()),
            "frequency": float(right[group == at].mean()),
        }
        for at in sorted(set(group.tolist()))
    ]


def calibration_error(bins: Sequence[dict[str, float]]) -> float:
    """Expected calibration error: mean distance of confidence and frequency."""
    pairs = sum(each["pairs"] for each in bins)
    return sum(abs(each["confidence"] - each["frequency"]) * each["pairs"] for each in bins) / max(1, pairs)


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Cohen's kappa of two readings, bool (papers,) each: agreement beyond what chance gives."""
    chance = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return float(((first == second).mean() - chance) / (1 - chance)) if chance < 1 else 1.0
