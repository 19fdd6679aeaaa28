"""What does a tagger say that one person has taught? The shipped model's log-odds, and a small difference to them.

    log-odds of a stage = shipped log-odds + bias + sum over phrases of (1 + in the title) / sqrt(how many) * weight
                          + sum over topics and applications of how much the text speaks of each (0 to 1) * weight

The difference stands on the model's public answers alone and not on how it comes to them: `PersonalModel` takes the
place of a StageModel wherever papers are tagged. Whether a paper is about language models at all stays the shipped
model's word. The weights are learned by core.papers.lens.fit_personal.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.papers.lens.stage_model import GATED, Hits, Marks, Scores, StageModel

_FOLDER = Path(__file__).parent
_FILES = ("stage_weights.json", "lexicon.json")  # what the shipped model is made of
LABEL_FULL = 12.0  # a label's sum, title phrases twice, from which a text speaks fully of it
_LEAST = 0.00005  # confidences are known to four places


class OtherBase(ValueError):
    """A difference was learned for another shipped model than the one there is."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one person's corrections add to the shipped model.

    :param base: of the shipped model that it was learned for, from `shipped_base`.
    :param stages: in the order of all rows.
    :param bias: for each stage.
    :param phrases, labels: phrase in normal form, topic or application to its weights, one for each stage.
    """

    base: str
    stages: tuple[str, ...]
    bias: tuple[float, ...]
    phrases: Mapping[str, tuple[float, ...]]
    labels: Mapping[str, tuple[float, ...]]

    def as_document(self) -> dict[str, Any]:
        """As JSON; `difference_of` reads it."""
        return {
            "base": self.base,
            "stages": list(self.stages),
            "bias": list(self.bias),
            "phrases": {phrase: list(row) for phrase, row in self.phrases.items()},
            "labels": {label: list(row) for label, row in self.labels.items()},
        }


def difference_of(document: Mapping[str, Any]) -> Difference:
    """The difference that a document holds.

    :raises KeyError, TypeError, ValueError: it holds none.
    """
    rows = {
        name: {key: tuple(map(float, row)) for key, row in document[name].items()} for name in ("phrases", "labels")
    }
    found = Difference(
        base=str(document["base"]), stages=tuple(document["stages"]), bias=tuple(map(float, document["bias"])), **rows
    )
    if {len(row) for row in (found.bias, *rows["phrases"].values(), *rows["labels"].values())} != {len(found.stages)}:
        raise ValueError("a row of weights has not one for each stage; retrain again")
    return found


@cache
def shipped_base(folder: Path = _FOLDER) -> str:
    """Names the shipped model: SHA-256 over its data files."""
    found = hashlib.sha256()
    for name in _FILES:
        found.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return found.hexdigest()


class Signals(NamedTuple):
    """What papers say to a difference, the bias aside: a sparse matrix, three arrays of one length.

    :param paper: row.
    :param column: number of the phrase, or the number of phrases + place of the label.
    :param value: 0 to 2.
    """

    paper: np.ndarray
    column: np.ndarray
    value: np.ndarray


def signals(model: StageModel, hits: Hits, marks: Marks) -> Signals:
    """What the papers that `hits` and `marks` come from say to a difference."""
    papers, labels = np.nonzero(_spoken(marks))
    return Signals(
        np.concatenate([hits.paper, papers]),
        np.concatenate([hits.phrase, len(model.index.phrases) + labels]),
        np.concatenate([_worth(hits), _spoken(marks)[papers, labels]]),
    )


def log_odds(scores: Scores) -> np.ndarray:
    """The log-odds behind the confidences, float64 (papers, stages)."""
    shares = np.where(scores.about, 1.0, GATED)[:, None]
    sure = np.clip(np.array(scores.confidence) / shares, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(sure / (1 - sure)))


class PersonalModel:
    """The shipped model and a difference to it, to be asked as a StageModel is.

    :raises OtherBase: the difference was learned for another model.
    """

    def __init__(self, shipped: StageModel, difference: Difference, *, base: str | None = None) -> None:
        if difference.base != (base or shipped_base()) or difference.stages != shipped.stages:
            raise OtherBase("the tagger has changed since it was retrained; retrain it again")
        self.stages, self.labels, self.thresholds = shipped.stages, shipped.labels, shipped.thresholds
        self.index, self.marks = shipped.index, shipped.marks
        self._shipped = shipped
        none = (0.0,) * len(self.stages)
        self._phrases = np.array([difference.phrases.get(phrase, none) for phrase in shipped.index.phrases]).T.copy()
        self._labels = np.array([difference.labels.get(label, none) for label in shipped.labels]).T.copy()
        self._bias = np.array(difference.bias)

    def score(self, hits: Hits, marks: Marks) -> Scores:
        """The stages of the papers that `hits` and their marks come from."""
        said = self._shipped.score(hits, marks)
        more = self._phrases.take(hits.phrase, axis=1) * _worth(hits)
        more += self._of_labels(hits, marks)
        papers = len(hits.alone)
        sums = np.stack([np.bincount(hits.paper, weights=line, minlength=papers) for line in more], axis=1)
        sums += self._bias
        odds, confidence = log_odds(said), said.confidence
        # Where the corrections say nothing, the shipped confidence stands to the last digit.
        rows, places = np.nonzero((sums != 0) & said.about[:, None])
        changed = (odds[rows, places] + sums[rows, places]).tolist()
        for row, place, odd in zip(rows.tolist(), places.tolist(), changed, strict=True):
            confidence[row][place] = round(1 / (1 + math.exp(-odd)), 4)
        return Scores(confidence, said.about, said.added + more)

    def _of_labels(self, hits: Hits, marks: Marks) -> np.ndarray:
        """The part of each hit in what its labels say, for each stage, float64 (stages, hits)."""
        total = marks.totals + marks.title_totals
        share = _spoken(marks) / np.where(total > 0, total, 1.0)
        weight = marks.weight * (1 + hits.in_title[marks.hit]) * share[hits.paper[marks.hit], marks.label]
        parts = self._labels.take(marks.label, axis=1) * weight
        return np.stack([np.bincount(marks.hit, weights=line, minlength=len(hits.paper)) for line in parts])


def _worth(hits: Hits) -> np.ndarray:
    """What each hit is worth: title phrases twice, and a long text no more than a short one."""
    many = np.bincount(hits.paper, minlength=len(hits.alone))
    many += np.bincount(hits.paper[hits.in_title], minlength=len(hits.alone))
    return np.asarray((1 + hits.in_title) / np.sqrt(np.maximum(1, many))[hits.paper])


def _spoken(marks: Marks) -> np.ndarray:
    """How much each paper speaks of each label, from 0 to 1, float64 (papers, labels)."""
    return np.asarray(np.clip((marks.totals + marks.title_totals) / LABEL_FULL, 0.0, 1.0))
