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
    """The phrases in a paper, by number, ascending (int64), and what the hand-written ones speak for.

    :param everywhere, title: fitted and hand-written phrases in any part, and in the title.
    :param marked: the hand-written ones of `everywhere`.
    :param weights: what each of `marked` speaks for which label, float64 (marked, labels).
    :param title_weights: the same of those in the title.
    :param about: whether the paper speaks of language models; a title alone is given the benefit of the doubt.
    :param alone: whether there is no abstract.
    """

    everywhere: np.ndarray
    title: np.ndarray
    marked: np.ndarray
    title_marked: np.ndarray
    weights: np.ndarray
    title_weights: np.ndarray
    about: bool
    title_about: bool
    alone: bool


class StageModel:
    """The fitted weights and the hand-written lexicon, merged so that a text is searched once.

    :param weights: the document that core.papers.fit_tagger writes.
    """

    def __init__(self, weights: dict[str, Any]) -> None:
        hand = lexicon()
        self.stages: tuple[str, ...] = tuple(weights["stages"])
        self.labels = hand.labels
        fitted = {normal(phrase): row for phrase, row in weights["phrases"].items()}
        # Numbers rise from fitted phrases through those that are both to hand-written ones: two slices of every list.
        only, both = (list(filter(lambda phrase: (phrase in hand.marks) is there, fitted)) for there in (False, True))
        self.index = PhraseIndex(dict.fromkeys((*only, *both, *hand.marks)))
        phrases, size = self.index.phrases, len(self.stages)
        self._first_marked, self._end_fitted = len(only), len(fitted)
        self.thresholds: dict[str, float] = dict(zip(self.stages, weights["thresholds"], strict=True))
        self._gate = frozenset(number for number, phrase in enumerate(phrases) if phrase in hand.gate)
        # One row per phrase or label: `size` weights for the text, then `size` for the title.
        rows = np.array([fitted.get(phrase, [0.0] * 2 * size) for phrase in phrases])
        labels = np.array([weights["labels"][label] for label in self.labels])
        self._body, self._title = rows[:, :size].copy(), rows[:, size:].copy()
        self._label_body, self._label_title = labels[:, :size].copy(), labels[:, size:].copy()
        self._marks = np.zeros((len(phrases), len(self.labels)))
        for number, phrase in enumerate(phrases):
            for place, weight in hand.marks.get(phrase, ()):
                self._marks[number, place] = weight
        self._intercept = np.array(weights["intercept"])
        self._flags = {name: np.array(row) for name, row in weights["flags"].items()}
        self._calibration = {name: np.array(lines).T.copy() for name, lines in weights["calibration"].items()}

    def hits(self, found: Sequence[set[int]], *, alone: bool) -> Hits:
        """Bring together what was found in the parts of a paper.

        :param found: phrase numbers of the title, then of every other part.
        """
        union = found[0].union(*found[1:])
        everywhere, title = _ascending(union), _ascending(found[0])
        marked = everywhere[everywhere.searchsorted(self._first_marked) :]
        title_marked = title[title.searchsorted(self._first_marked) :]
        return Hits(
            everywhere,
            title,
            marked,
            title_marked,
            self._marks[marked],
            self._marks[title_marked],
            alone or not self._gate.isdisjoint(union),
            not self._gate.isdisjoint(found[0]),
            alone,
        )

    def score(self, hits: Hits) -> tuple[dict[str, float], np.ndarray]:
        """A confidence from 0 to 1 for every stage, to four places, and what each phrase did for it.

        :returns: confidence by stage; what each phrase of `hits.everywhere` added to the log-odds of each stage,
            float64 (phrases, stages), in which a hand-written phrase has its part of its labels' capped sums.
        """
        fitted = hits.everywhere.searchsorted(self._end_fitted) + hits.title.searchsorted(self._end_fitted)
        norm = 1 / math.sqrt(max(1, int(fitted)))
        added = self._body[hits.everywhere] * norm
        if hits.marked.size:
            added[-hits.marked.size :] += hits.weights @ _worth(hits.weights, BODY_CAP, self._label_body)
        in_title = self._title[hits.title] * norm
        if hits.title_marked.size:
            worth = _worth(hits.title_weights, TITLE_CAP, self._label_title)
            in_title[-hits.title_marked.size :] += hits.title_weights @ worth
        added[hits.everywhere.searchsorted(hits.title)] += in_title
        slopes, offsets = self._calibration["title" if hits.alone else "abstract"]
        added *= slopes

        rest = self._intercept
        if hits.alone:
            rest = rest + self._flags["title_only"]
        if not hits.about:
            rest = rest + self._flags["gate"]
        if not hits.title_about:
            rest = rest + self._flags["gate_title"]
        odds = (added.sum(axis=0) + rest * slopes + offsets).tolist()
        share = 1.0 if hits.about else GATED
        confidence = {
            stage: round(share / (1 + math.exp(-odd)), 4) for stage, odd in zip(self.stages, odds, strict=True)
        }
        return confidence, added


def _ascending(numbers: set[int]) -> np.ndarray:
    # Sorted, so that sums run in one order and two processes agree to the last bit.
    found = np.fromiter(numbers, dtype=np.int64, count=len(numbers))
    found.sort()
    return found


def _worth(weights: np.ndarray, cap: float, label_weights: np.ndarray) -> np.ndarray:
    """What one unit of a label's sum is worth to each stage, (labels, stages)."""
    total = weights.sum(axis=0)
    return np.asarray((fractions(total, cap) / np.where(total > 0, total, 1.0))[:, None] * label_weights)


@cache
def stage_model() -> StageModel:
    """The model that ships with the project."""
    return StageModel(json.loads(_FILE.read_text(encoding="utf-8")))
