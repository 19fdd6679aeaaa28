"""What does a linear model on random features learn? Fitted exactly, without a gradient: least squares by the SVD.

Random features (Rahimi and Recht 2007) are a two-layer network whose first layer stays as it was drawn. With fewer
features than training rows least squares has one answer, with more it has endlessly many, of which the smallest is
taken: the one that gradient descent from zero would reach. Between the two stands the interpolation threshold, where
the smallest singular values come near zero and what noise there is gets blown up (arXiv:1812.11118, 1903.08560).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CUT_OFF = 1e-10  # singular values below this part of the largest count as zero


def relu_features(inputs: Array, directions: Array) -> Array:
    """`relu(inputs · directionsᵀ) / √features`: (rows, inputs), (features, inputs) to (rows, features)."""
    return np.asarray(np.maximum(inputs @ directions.T, 0.0) / np.sqrt(len(directions)))


def random_directions(*, features: int, inputs: int, seed: int) -> Array:
    """First-layer weights (features, inputs) of expected length 1; the first of many are those of a shorter list."""
    return np.random.default_rng(seed).standard_normal((features, inputs)) / np.sqrt(inputs)


def fit(features: Array, targets: Array, *, ridges: Sequence[float]) -> Array:
    """Weights (len(ridges), features) that minimise `|features · w − targets|² + ridge · |w|²`, for each ridge.

    With a ridge of 0 the shortest of all least-squares answers: singular values below `CUT_OFF` times the largest are
    left out.

    :param features: (rows, features).
    :param targets: (rows,).
    :raises ValueError: a negative ridge.
    """
    if min(ridges, default=0.0) < 0:
        raise ValueError(f"ridge {min(ridges)} is negative; choose 0 or more")
    left, singular, right = np.linalg.svd(features, full_matrices=False)
    seen = left.T @ targets
    kept = singular > CUT_OFF * singular[0]
    answers = []
    for ridge in ridges:
        shrink = np.divide(
            singular, singular**2 + ridge, out=np.zeros_like(singular), where=kept | (ridge > 0)
        )  # 1/s without a ridge
        answers.append(right.T @ (shrink * seen))
    return np.stack(answers)


def mean_square(features: Array, weights: Array, targets: Array) -> Array:
    """Mean squared error of each row of `weights` (fits, features): (fits,)."""
    return np.asarray(((features @ weights.T - targets[:, None]) ** 2).mean(axis=0))
