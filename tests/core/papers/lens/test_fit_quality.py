"""Is quality counted as meant, and are confidences read as they are to be?"""

from __future__ import annotations

import numpy as np
import pytest

from core.papers.lens.fit_quality import (
    Known,
    apply,
    calibrate,
    calibration_error,
    choose_thresholds,
    kappa,
    quality,
    reliability,
)


def labels(held: list[bool], counts: list[bool] | None = None) -> Known:
    """The same label for all four stages."""
    rows = np.array([held]).T.repeat(4, axis=1)
    return Known(rows, np.ones_like(rows) if counts is None else np.array([counts]).T.repeat(4, axis=1))


def test_f1_leaves_out_what_does_not_count() -> None:
    known = labels([True, False, False, True], [True, True, False, True])
    said = np.array([[True], [True], [True], [False]]).repeat(4, axis=1)
    found = quality(said, known, 0)
    assert (found["precision"], found["recall"], found["f1"], found["papers"]) == (0.5, 0.5, 0.5, 2)


def test_thresholds_part_what_can_be_parted() -> None:
    said = np.array([[0.45] * 4, [0.35] * 4])
    assert all(0.35 < value <= 0.45 for value in choose_thresholds([(said, labels([True, False]))]))


def test_honest_confidence_has_no_calibration_error() -> None:
    known = labels([True] * 7 + [False] * 3)
    assert calibration_error(reliability(np.full((10, 4), 0.7), known)) == pytest.approx(0)
    [only] = reliability(np.full((10, 4), 0.2), known)
    assert only == {"pairs": 40, "confidence": pytest.approx(0.2), "frequency": pytest.approx(0.7)}
    assert calibration_error([only]) == pytest.approx(0.5)


def test_calibrated_scores_are_frequencies() -> None:
    scores = np.repeat([[-3.0] * 4, [5.0] * 4], 20, axis=0)
    known = labels([True] * 5 + [False] * 15 + [True] * 18 + [False] * 2)
    sure = apply(calibrate(scores, known), scores)
    assert sure[0] == pytest.approx([0.25] * 4, abs=0.01) and sure[-1] == pytest.approx([0.9] * 4, abs=0.01)


def test_kappa_is_the_agreement_beyond_chance() -> None:
    first = np.array([True] * 25 + [False] * 25)
    second = np.array([True] * 20 + [False] * 5 + [True] * 10 + [False] * 15)
    assert kappa(first, second) == pytest.approx((0.7 - 0.5) / 0.5)
    assert kappa(first, first) == 1.0
    assert kappa(np.zeros(4, dtype=bool), np.zeros(4, dtype=bool)) == 1.0
