"""How good is a stage tagger, how sure may it say it is, and from which confidence should a tag hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.papers.taxonomy import stages

STAGES = tuple(stages())


@dataclass(frozen=True)
class Example:
    """One paper: its text, the stems of it, which stages it has, and which of them count."""

    text: str
    title: list[str]
    body: list[str]
    has_abstract: bool
    stages: tuple[bool, ...]
    counts: tuple[bool, ...]


def calibrate(scores: np.ndarray, examples: Sequence[Example]) -> np.ndarray:
    """Platt's slope and offset for each stage (4, 2), from scores of papers that the model had not seen."""
    from sklearn.linear_model import LogisticRegression

    lines = []
    for place in range(len(STAGES)):
        chosen = [row for row, example in enumerate(examples) if example.counts[place]]
        right = [examples[row].stages[place] for row in chosen]
        line = LogisticRegression(C=1e6).fit(scores[chosen, place : place + 1], right)
        lines.append((float(line.coef_[0, 0]), float(line.intercept_[0])))
    return np.array(lines)


def apply(calibration: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Scores (papers, 4) as probabilities."""
    return np.asarray(1 / (1 + np.exp(-(scores * calibration[:, 0] + calibration[:, 1]))))


def quality(confidence: np.ndarray, examples: Sequence[Example], place: int, threshold: float) -> dict[str, float]:
    """Precision, recall and F1 of one stage."""
    pairs = [
        (bool(confidence[row, place] >= threshold), example.stages[place])
        for row, example in enumerate(examples)
        if example.counts[place]
    ]
    hits = sum(said and right for said, right in pairs)
    said, right = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return {
        "precision": hits / max(1, said),
        "recall": hits / max(1, right),
        "f1": 2 * hits / max(1, said + right),
        "papers": right,
    }


def choose_thresholds(views: Sequence[np.ndarray], examples: Sequence[Example]) -> list[float]:
    """For each stage the confidence from which a tag holds: the best F1, with and without abstracts taken together."""
    grid = [round(0.30 + 0.02 * step, 2) for step in range(16)]
    return [
        max(grid, key=lambda value: (sum(quality(view, examples, place, value)["f1"] for view in views), -value))
        for place in range(len(STAGES))
    ]


def calibration_error(confidence: np.ndarray, examples: Sequence[Example], *, bins: int = 10) -> float:
    """Expected calibration error over all stages: mean distance of confidence and frequency, bins of equal width."""
    said = np.concatenate([[confidence[r, p] for r, e in enumerate(examples) if e.counts[p]] for p in range(4)])
    right = np.concatenate([[e.stages[p] for e in examples if e.counts[p]] for p in range(4)]).astype(float)
    group = np.minimum((said * bins).astype(int), bins - 1)
    return float(
        sum(abs(said[group == b].mean() - right[group == b].mean()) * (group == b).mean() for b in set(group.tolist()))
    )
