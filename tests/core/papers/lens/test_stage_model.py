"""Do the phrases of a paper add up as the model's formula says?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.papers.lens.lexicon import BODY_CAP, TITLE_CAP, lexicon
from core.papers.lens.phrases import normal
from core.papers.lens.stage_model import GATED, Hits, StageModel, stage_model

WEIGHTS: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "core" / "papers" / "lens" / "stage_weights.json").read_text(encoding="utf-8")
)

TEXTS = [
    ("Jailbreak attacks on retrieval-augmented language agents", "We attack tool-using LLMs; scaling laws hold."),
    ("Scaling laws", "Scaling laws for language model pretraining, quantization and law."),
    ("Grasp planning for soft robot hands", "A controller plans grasps from depth maps."),
    ("Chain-of-thought prompting of large language models", ""),
    ("", ""),
]


def hits_of(model: StageModel, texts: list[tuple[str, str]]) -> Hits:
    found = model.index.find_all([[title, abstract] for title, abstract in texts])
    ends = np.array([found.parts[2 * at + 1] for at in range(len(texts))])
    alone = np.array([not abstract for _, abstract in texts])
    return Hits(found.text, found.phrase, found.start < ends[found.text], alone)


def by_the_formula(phrases: set[str], in_title: set[str], *, alone: bool) -> list[float]:
    """The confidence for each stage, one phrase after the other."""
    hand, fitted = lexicon(), {normal(phrase): row for phrase, row in WEIGHTS["phrases"].items()}
    many = sum(phrase in fitted for phrase in phrases) + sum(phrase in fitted for phrase in in_title)
    about = alone or bool(hand.gate & phrases)
    found = []
    for place in range(4):
        odd = WEIGHTS["intercept"][place] + alone * WEIGHTS["flags"]["title_only"][place]
        odd += (not about) * WEIGHTS["flags"]["gate"][place]
        odd += (not hand.gate & in_title) * WEIGHTS["flags"]["gate_title"][place]
        for column, said, cap in ((place, phrases, BODY_CAP), (4 + place, in_title, TITLE_CAP)):
            odd += sum(fitted[phrase][column] for phrase in said if phrase in fitted) / math.sqrt(max(1, many))
            for number, label in enumerate(hand.labels):
                total = sum(dict(hand.marks[phrase]).get(number, 0.0) for phrase in said if phrase in hand.marks)
                odd += min(max(total, 0.0), cap) / cap * WEIGHTS["labels"][label][column]
        slope, offset = WEIGHTS["calibration"]["title" if alone else "abstract"][place]
        found.append((1.0 if about else GATED) / (1 + math.exp(-(slope * odd + offset))))
    return found


def test_confidence_follows_the_formula() -> None:
    model = stage_model()
    hits = hits_of(model, TEXTS)
    scores = model.score(hits, model.marks(hits))
    for paper, (_, abstract) in enumerate(TEXTS):
        here = hits.paper == paper
        phrases = {model.index.phrases[number] for number in hits.phrase[here]}
        in_title = {model.index.phrases[number] for number in hits.phrase[here & hits.in_title]}
        assert scores.confidence[paper] == pytest.approx(
            by_the_formula(phrases, in_title, alone=not abstract), abs=6e-5
        )
    assert scores.about.tolist() == [True, True, False, True, True]


def test_a_label_counts_every_phrase_of_a_paper_once_and_a_meaning_of_another_kind_against() -> None:
    model = stage_model()
    hits = hits_of(model, TEXTS)
    marks = model.marks(hits)
    hand = lexicon()
    law = hand.labels.index("law")
    assert marks.totals[1, law] == sum(
        dict(hand.marks[model.index.phrases[number]]).get(law, 0.0)
        for number in hits.phrase[hits.paper == 1]
        if model.index.phrases[number] in hand.marks
    )
    assert marks.title_totals[1, law] <= 0, "scaling laws are no law"
    assert not marks.totals[4].any()


def test_a_paper_scores_the_same_to_the_last_bit_in_any_company() -> None:
    model = stage_model()
    together = hits_of(model, TEXTS * 3)
    added = model.score(together, model.marks(together)).added
    for paper, text in enumerate(TEXTS):
        alone = hits_of(model, [text])
        assert (model.score(alone, model.marks(alone)).added == added[:, together.paper == paper]).all()
