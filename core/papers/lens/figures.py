"""How good is the shipped tagger, by the figures that were measured when its weights were made?

They stand in figures.json, written by core.papers.lens.evaluate_tagger, whose docstring says how they were measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("figures.json")


@dataclass(frozen=True, kw_only=True)
class StageFigures:
    """How well one stage is found; `papers` have it."""

    precision: float
    recall: float
    f1: float
    papers: int


@dataclass(frozen=True, kw_only=True)
class Score:
    """Macro-F1 over the stages, the standard deviation of it over the repetitions, and each stage by its id."""

    macro_f1: float
    spread: float
    stages: Mapping[str, StageFigures]


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Of `pairs` of a paper and a stage, the mean confidence, and how often the paper had the stage."""

    pairs: int
    confidence: float
    frequency: float


@dataclass(frozen=True, kw_only=True)
class View:
    """The figures with abstracts, or on titles alone.

    :param floor: of a plain classifier on the same papers.
    :param coverage: share of the papers with a stage that get a tag.
    :param without_model, false_tags: papers without a language model, and the share of them that get a tag.
    :param calibration_error: mean distance of confidence and frequency.
    """

    papers: int
    floor: Score
    tagger: Score
    coverage: float
    without_model: int
    false_tags: float
    calibration_error: float
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class Blind:
    """Two blind readings of some list papers.

    :param first, second, tagger: against the lists' labels: the readings are the ceiling, as far as one can read.
    :param between: the first against the second.
    :param kappa: Cohen's, of the two readings, by stage.
    """

    papers: int
    first: Score
    second: Score
    between: Score
    tagger: Score
    kappa: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that was measured.

    :param papers, readings: of curated lists, by which the tagger is judged; and others that it has learned from.
    :param sha256: of the training set, as in the weights.
    """

    papers: int
    readings: int
    sha256: str
    folds: int
    repeats: int
    abstract: View
    title: View
    blind: Blind


@cache
def figures() -> Figures:
    """The figures that ship with the project."""
    raw: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    views, blind = raw["views"], raw["blind"]
    return Figures(
        **{name: raw[name] for name in ("papers", "readings", "sha256", "folds", "repeats")},
        abstract=_view(views["abstract"]),
        title=_view(views["title"]),
        blind=Blind(
            papers=blind["papers"],
            first=_score(blind["first"]),
            second=_score(blind["second"]),
            between=_score(blind["between"]),
            tagger=_score(blind["tagger"]),
            kappa=blind["kappa"],
        ),
    )


def _view(raw: dict[str, Any]) -> View:
    plain = ("papers", "coverage", "without_model", "false_tags", "calibration_error")
    return View(
        **{name: raw[name] for name in plain},
        floor=_score(raw["floor"]),
        tagger=_score(raw["tagger"]),
        reliability=tuple(Bin(**each) for each in raw["reliability"]),
    )


def _score(raw: dict[str, Any]) -> Score:
    stages = {name: StageFigures(**row) for name, row in raw["stages"].items()}
    return Score(macro_f1=raw["macro_f1"], spread=raw["spread"], stages=stages)
