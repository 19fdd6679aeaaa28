"""How do the phrases of a paper add up to a confidence for each stage?

Score of a stage = intercept + flags + (phrases in the text + phrases in the title once more) / sqrt(how many) +
hand-written labels, each from 0 to its cap. The weights, in stage_weights.json, are fitted by
core.papers.lens.fit_tagger; a slope and an offset per stage (Platt 1999), fitted on papers that the weights had not
seen, make it log-odds.

Papers are scored many at a time. Every sum runs within one paper, in the order of its phrases, so that a paper's score
is the same to the last bit in whatever company.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.papers.lens.lexicon import BODY_CAP, TITLE_CAP, fractions, lexicon
from core.papers.lens.phrase_index import PhraseIndex
from core.papers.lens.phrases import normal

_FILE = Path(__file__).with_name("stage_weights.json")
# A paper whose abstract never speaks of language models keeps this much of its confidence, so that it can be ranked.
GATED = 0.2


class Hits(NamedTuple):
    """The phrases in papers, each once a paper, ascending by paper and phrase.

    :param paper, phrase: numbers, int64 (hits,).
    :param in_title: whether the phrase stands in the title, bool (hits,).
    :param alone: whether a paper has no abstract, bool (papers,).
    """

    paper: np.ndarray
    phrase: np.ndarray
    in_title: np.ndarray
    alone: np.ndarray


class Marks(NamedTuple):
    """What the hand-written phrases among the hits speak for; a phrase can speak for several labels.

    :param hit: place in Hits, ascending, int64 (marks,).
    :param label, weight: for which label, and how much, int64 and float64 (marks,).
    :param totals, title_totals: the sum of each label over a paper and over its title, float64 (papers, labels).
    """

    hit: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    totals: np.ndarray
    title_totals: np.ndarray


class Scores(NamedTuple):
    """What is known of the stages of papers.

    :param confidence: from 0 to 1 for every paper and stage, to four places.
    :param about: whether a paper speaks of language models, bool (papers,); a title alone is given the benefit of the
        doubt.
    :param added: what each hit added to the log-odds of each stage, float64 (stages, hits), in which a hand-written
        phrase has its part of its labels' capped sums.
    """

    confidence: list[list[float]]
    about: np.ndarray
    added: np.ndarray


class StageModel:
    """The fitted weights and the hand-written lexicon, merged so that a text is searched once.

    Linear in what stands in a text. Each phrase and each label (topic or application) has a row of twice as many
    weights as there are stages: what it adds to each stage where it stands anywhere, and what it adds once more where
    it stands in the title. `flags` and `intercept` have one weight a stage, `calibration` a slope and an offset for
    each view (with an abstract, or a title alone) and stage; `thresholds` are confidences from which a tag holds.

    :param weights: the document that core.papers.lens.fit_tagger writes; any document of that form makes a model.
    """

    def __init__(self, weights: dict[str, Any]) -> None:
        hand = lexicon()
        self.stages: tuple[str, ...] = tuple(weights["stages"])
        self.labels = hand.labels
        self.thresholds: tuple[float, ...] = tuple(weights["thresholds"])
        fitted = {normal(phrase): row for phrase, row in weights["phrases"].items()}
        self.index = PhraseIndex(dict.fromkeys((*fitted, *hand.marks)))
        phrases, size = self.index.phrases, len(self.stages)
        self._end_fitted = len(fitted)
        self._gate = np.array([phrase in hand.gate for phrase in phrases])
        # One line per stage, so that a stage's weights of many phrases lie near each other.
        rows = np.array([fitted.get(phrase, [0.0] * 2 * size) for phrase in phrases]).T
        labels = np.array([weights["labels"][label] for label in self.labels]).T
        self._body, self._title = rows[:size].copy(), rows[size:].copy()
        self._label_body, self._label_title = labels[:size].copy(), labels[size:].copy()
        # The marks of phrase p stand from _marks[p] to _marks[p + 1].
        marks = [hand.marks.get(phrase, ()) for phrase in phrases]
        self._marks = np.cumsum([0, *map(len, marks)])
        self._mark_label = np.array([label for pairs in marks for label, _ in pairs], dtype=np.int64)
        self._mark_weight = np.array([weight for pairs in marks for _, weight in pairs])
        self._intercept = np.array(weights["intercept"])
        self._flags = {name: np.array(row) for name, row in weights["flags"].items()}
        calibration = [weights["calibration"][name] for name in ("abstract", "title")]
        self._slopes, self._offsets = (np.array(calibration)[:, :, part] for part in (0, 1))  # (alone, stages)

    def marks(self, hits: Hits) -> Marks:
        """What the hand-written phrases of `hits` speak for."""
        start = self._marks[hits.phrase]
        many = self._marks[hits.phrase + 1] - start
        marked = np.flatnonzero(many)
        start, many = start[marked], many[marked]
        hit = np.repeat(marked, many)
        # The places of all marks: a run of `many` numbers from each `start`.
        places = np.arange(len(hit)) + np.repeat(start - (np.cumsum(many) - many), many)
        label, weight = self._mark_label[places], self._mark_weight[places]
        shape = len(hits.alone), len(self.labels)
        cells = hits.paper[hit] * shape[1] + label
        title = np.flatnonzero(hits.in_title[hit])
        totals, title_totals = (
            np.bincount(where, weights=what, minlength=shape[0] * shape[1]).reshape(shape)
            for where, what in ((cells, weight), (cells[title], weight[title]))
        )
        return Marks(hit, label, weight, totals, title_totals)

    def score(self, hits: Hits, marks: Marks) -> Scores:
        """The stages of the papers that `hits` and their marks come from."""
        papers = len(hits.alone)
        fitted = hits.phrase < self._end_fitted
        many = np.bincount(hits.paper[fitted], minlength=papers)
        many += np.bincount(hits.paper[fitted & hits.in_title], minlength=papers)
        norm = (1 / np.sqrt(np.maximum(1, many)))[hits.paper]

        added = self._body.take(hits.phrase, axis=1) * norm
        added += self._of_labels(hits, marks, np.arange(len(norm)), marks.totals, BODY_CAP, self._label_body)
        title = np.flatnonzero(hits.in_title)
        in_title = self._title.take(hits.phrase[title], axis=1) * norm[title]
        in_title += self._of_labels(hits, marks, title, marks.title_totals, TITLE_CAP, self._label_title)
        added[:, title] += in_title
        kind = hits.alone.astype(np.int64)
        slopes = self._slopes[kind]
        added *= self._slopes.T.take(kind[hits.paper], axis=1)

        gate = self._gate[hits.phrase]
        about = hits.alone | (np.bincount(hits.paper[gate], minlength=papers) > 0)
        title_about = np.bincount(hits.paper[gate & hits.in_title], minlength=papers) > 0
        rest = self._intercept + hits.alone[:, None] * self._flags["title_only"]
        rest = rest + ~about[:, None] * self._flags["gate"] + ~title_about[:, None] * self._flags["gate_title"]
        sums = np.stack([np.bincount(hits.paper, weights=line, minlength=papers) for line in added], axis=1)
        odds = sums + rest * slopes + self._offsets[kind]
        shares = np.where(about, 1.0, GATED).tolist()
        # Not NumPy's exp, whose last bit may depend on the place in an array.
        confidence = [
            [round(share / (1 + math.exp(-odd)), 4) for odd in line]
            for share, line in zip(shares, odds.tolist(), strict=True)
        ]
        return Scores(confidence, about, added)

    def _of_labels(
        self, hits: Hits, marks: Marks, chosen: np.ndarray, totals: np.ndarray, cap: float, weights: np.ndarray
    ) -> np.ndarray:
        """The part of each of the chosen hits in its labels' capped sums, for each stage, float64 (stages, chosen).

        :param weights: what a full label is worth to each stage, (stages, labels).
        """
        spot = np.full(len(hits.phrase), -1)
        spot[chosen] = np.arange(len(chosen))
        spot = spot[marks.hit]
        counted = np.flatnonzero(spot >= 0)
        spot, label, weight = spot[counted], marks.label[counted], marks.weight[counted]
        worth = fractions(totals, cap) / np.where(totals > 0, totals, 1.0)
        worth = worth[hits.paper[marks.hit[counted]], label]
        parts = weight * (worth * weights.take(label, axis=1))
        return np.stack([np.bincount(spot, weights=line, minlength=len(chosen)) for line in parts])


@cache
def stage_model() -> StageModel:
    """The model that ships with the project."""
    model = StageModel(json.loads(_FILE.read_text(encoding="utf-8")))
    model.index.find_all([])  # makes its table of words now, not under the first paper
    return model
