"""Least squares on random features, against what algebra says: no error where it can be none, ridge in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.random_features import fit, mean_square, random_directions, relu_features


def drawn(rows: int, columns: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.standard_normal((rows, columns)), random.standard_normal(rows)


@given(rows=st.integers(2, 12), more=st.integers(0, 12), seed=st.integers(0, 20))
def test_with_as_many_features_as_rows_or_more_nothing_is_left(rows: int, more: int, seed: int) -> None:
    features, targets = drawn(rows, rows + more, seed)
    weights = fit(features, targets, ridges=(0.0,))
    assert mean_square(features, weights, targets)[0] == pytest.approx(0, abs=1e-8)


def test_of_all_that_fit_the_shortest_is_taken() -> None:
    features, targets = drawn(5, 9)
    (weights,) = fit(features, targets, ridges=(0.0,))
    assert weights == pytest.approx(np.linalg.pinv(features) @ targets)
    nothing = np.linalg.svd(features)[2][-1]  # a direction that the rows do not see
    assert features @ nothing == pytest.approx(np.zeros(5), abs=1e-12)
    assert np.linalg.norm(weights + 0.1 * nothing) > np.linalg.norm(weights)


@pytest.mark.parametrize("columns", [4, 30])
def test_ridge_is_the_known_solution(columns: int) -> None:
    features, targets = drawn(10, columns)
    for ridge, weights in zip((0.1, 3.0), fit(features, targets, ridges=(0.1, 3.0)), strict=True):
        known = np.linalg.solve(features.T @ features + ridge * np.eye(columns), features.T @ targets)
        assert weights == pytest.approx(known)


def test_a_direction_that_the_rows_hardly_see_is_left_out() -> None:
    features = np.array([[1.0, 0.0], [0.0, 1e-14]])
    (weights,) = fit(features, np.array([2.0, 1.0]), ridges=(0.0,))
    assert weights == pytest.approx([2.0, 0.0])


def test_fewer_features_are_the_first_of_more() -> None:
    few, many = (random_directions(features=count, inputs=3, seed=4) for count in (5, 50))
    assert (many[:5] == few).all()
    x = np.array([[1.0, -1.0, 2.0]])
    assert relu_features(x, few) == pytest.approx(np.maximum(x @ few.T, 0) / np.sqrt(5))


def test_a_negative_ridge_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        fit(*drawn(3, 3), ridges=(-1.0,))
