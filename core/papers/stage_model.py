"""How do the phrases of a paper add up to a confidence for each stage?

Score of a stage = intercept + flags + (phrases in the text + phrases in the title once more) / sqrt(how many) +
hand-written labels, each from 0 to its cap. The weights, in stage_weights.json, are fitted by core.papers.fit_tagger;
a slope and an offset per stage (Platt 1999), fitted on papers that the weights had not seen, make it log-odds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.papers.lexicon import BODY_CAP, TITLE_CAP, fractions, lexicon
from core.papers.phrases import PhraseIndex, normal

_FILE = Path(__file__).with_name("stage_weights.json")
# A paper whose abstract never speaks of language models keeps this much of its confidence, so that it can be ranked.
GATED = 0.2


class Hits(NamedTuple):
    """The phrases in a paper.

    :param everywhere: their numbers, ascending, those of the title included; int64 (phrases,).
    :param title: those in the title, ascending.
    :param weights, title_weights: what each speaks for which label, float64 (phrases, labels).
    :param about: whether it speaks of language models; a title alone is given the benefit of the doubt.
    :param alone: whether there is no abstract.
    """

    everywhere: np.ndarray
    title: np.ndarray
    weights: np.ndarray
    title_weights: np.ndarray
    about: bool
    title_about: bool
    alone: bool

    @property
    def mode(self) -> str:
        """Which calibration holds."""
        return "title" if self.alone else "abstract"


class StageModel:
    """The fitted weights and the hand-written lexicon, merged so that a text is searched once.

    :param weights: the document that core.papers.fit_tagger writes.
    """

    def __init__(self, weights: dict[str, Any]) -> None:
        hand = lexicon()
        self.stages: tuple[str, ...] = tuple(weights["stages"])
        self.labels = hand.labels
        fitted = {normal(phrase): row for phrase, row in weights["phrases"].items()}
        self.index = PhraseIndex(dict.fromkeys((*fitted, *hand.marks)))
        phrases, size = self.index.phrases, len(self.stages)
        self.thresholds: dict[str, float] = dict(zip(self.stages, weights["thresholds"], strict=True))
        self._gate = frozenset(number for number, phrase in enumerate(phrases) if phrase in hand.gate)
        self._last_fitted = len(fitted)  # fitted phrases have the lower numbers
        # One row per phrase or label: `size` weights for the text, then `size` for the title.
        rows = np.array([fitted.get(phrase, [0.0] * 2 * size) for phrase in phrases])
        labels = np.array([weights["labels"][label] for label in self.labels])
        self._body, self._title = rows[:, :size].copy(), rows[:, size:].copy()
        self._label_body, self._label_title = labels[:, :size], labels[:, size:]
        self._marks = np.zeros((len(phrases), len(self.labels)))
        for number, phrase in enumerate(phrases):
            for place, weight in hand.marks.get(phrase, ()):
                self._marks[number, place] = weight
        self._intercept = np.array(weights["intercept"])
        self._flags = {name: np.array(row) for name, row in weights["flags"].items()}
        self._calibration = {name: np.array(lines) for name, lines in weights["calibration"].items()}

    def hits(self, found: Sequence[set[int]], *, alone: bool) -> Hits:
        """Bring together what was found in the parts of a paper.

        :param found: phrase numbers of the title, then of every other part.
        """
        union = set().union(*found)
        # Sorted, so that sums run in one order and two processes agree to the last bit.
        everywhere = np.array(sorted(union), dtype=np.int64)
        title = np.array(sorted(found[0]), dtype=np.int64) if len(found) > 1 else everywhere
        return Hits(
            everywhere,
            title,
            self._marks[everywhere],
            self._marks[title],
            alone or not self._gate.isdisjoint(union),
            not self._gate.isdisjoint(found[0]),
            alone,
        )

    def _norm(self, hits: Hits) -> float:
        count = np.searchsorted(hits.everywhere, self._last_fitted) + np.searchsorted(hits.title, self._last_fitted)
        return 1 / math.sqrt(max(1, int(count)))

    def confidence(self, hits: Hits) -> dict[str, float]:
        """A number from 0 to 1 for every stage, to four places."""
        total = self._intercept + self._norm(hits) * (
            self._body[hits.everywhere].sum(axis=0) + self._title[hits.title].sum(axis=0)
        )
        total += fractions(hits.weights.sum(axis=0), BODY_CAP) @ self._label_body
        total += fractions(hits.title_weights.sum(axis=0), TITLE_CAP) @ self._label_title
        if hits.alone:
            total += self._flags["title_only"]
        if not hits.about:
            total += self._flags["gate"]
        if not hits.title_about:
            total += self._flags["gate_title"]
        lines = self._calibration[hits.mode]
        odds = (total * lines[:, 0] + lines[:, 1]).tolist()
        share = 1.0 if hits.about else GATED
        return {stage: round(share / (1 + math.exp(-odd)), 4) for stage, odd in zip(self.stages, odds, strict=True)}

    def contributions(self, hits: Hits) -> np.ndarray:
        """What each phrase of `everywhere` added to the log-odds of each stage, float64 (phrases, stages).

        A phrase that speaks for a label has its part of the label's capped sum.
        """
        norm = self._norm(hits)
        added = self._body[hits.everywhere] * norm
        added += hits.weights @ _worth(hits.weights, BODY_CAP, self._label_body)
        in_title = self._title[hits.title] * norm
        in_title += hits.title_weights @ _worth(hits.title_weights, TITLE_CAP, self._label_title)
        added[np.searchsorted(hits.everywhere, hits.title)] += in_title
        return np.asarray(added * self._calibration[hits.mode][:, 0])


def _worth(weights: np.ndarray, cap: float, label_weights: np.ndarray) -> np.ndarray:
    """What one unit of a label's sum is worth to each stage, (labels, stages)."""
    total = weights.sum(axis=0)
    return np.asarray((fractions(total, cap) / np.where(total > 0, total, 1.0))[:, None] * label_weights)


@cache
def stage_model() -> StageModel:
    """The model that ships with the project."""
    return StageModel(json.loads(_FILE.read_text(encoding="utf-8")))
