"""Which hand-written phrases speak for a topic, for an application, or for a language model being there at all?

The phrases stand in lexicon.json, by topic and application under their weights (3: names it; 2: speaks for it; 1: a
hint; below 0: another meaning of a phrase of the list, as `scaling law` is no law).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.papers.lens.phrases import normal
from core.papers.taxonomy import applications, topics

_FILE = Path(__file__).with_name("lexicon.json")

# Phrases in the title count once more: the title says what a paper is about.
BODY_CAP = 9.0
TITLE_CAP = 6.0


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """The hand-written phrases.

    :param labels: topics, then applications.
    :param marks: phrase in normal form to (place of a label, weight) pairs; empty for phrases of the gate alone.
    :param gate: phrases that show that a text is about language models.
    """

    labels: tuple[str, ...]
    marks: dict[str, tuple[tuple[int, float], ...]]
    gate: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """Read lexicon.json.

    :raises ValueError: the file and the taxonomy do not name the same topics and applications, or a phrase is empty.
    """
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    lists = raw["topics"] | raw["applications"]
    labels = (*topics(), *applications())
    if set(lists) != set(labels):
        raise ValueError(f"lexicon.json and taxonomy.json differ in: {', '.join(sorted(set(lists) ^ set(labels)))}")
    marks: dict[str, dict[int, float]] = {}
    for place, label in enumerate(labels):
        for weight, phrases in lists[label].items():
            for phrase in phrases:
                marks.setdefault(_normal(phrase), {})[place] = float(weight)
    gate = frozenset(_normal(phrase) for phrase in raw["language_model"])
    for phrase in gate:
        marks.setdefault(phrase, {})
    return Lexicon(labels=labels, marks={key: tuple(value.items()) for key, value in marks.items()}, gate=gate)


def _normal(phrase: str) -> str:
    found = normal(phrase)
    if not found:
        raise ValueError(f"{phrase!r} in lexicon.json has no word in it; remove it")
    return found


def fractions(totals: np.ndarray, cap: float) -> np.ndarray:
    """The labels' sums as features from 0 to 1: a label cannot grow for ever, nor speak where more speaks against."""
    return np.asarray(np.minimum(np.maximum(totals, 0.0), cap) / cap)
