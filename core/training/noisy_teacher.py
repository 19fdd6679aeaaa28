"""Which data have a known answer and a known amount of noise? What a linear teacher says, partly said wrong.

Double descent is about fitting noise (arXiv:1912.02292 flips labels on purpose). Here the noise can be turned off, and
test targets never have any, so that a test error is the distance to the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What a pupil is taught and tested on. Inputs are standard normal, the teacher's weights a random unit vector.

    :param inputs, test_inputs: (rows, inputs).
    :param noisy, clean: (rows,) training targets with and without the noise, on the same inputs.
    :param truth: (test rows,) test targets, without noise.
    """

    inputs: Array
    noisy: Array
    clean: Array
    test_inputs: Array
    truth: Array


def numbers(*, rows: int, test_rows: int, inputs: int, noise: float, seed: int) -> Lesson:
    """Targets are the teacher's sums; the noise is normal with standard deviation `noise` (the sums have 1)."""
    random = np.random.default_rng(seed)
    x, test_x, teacher = _drawn(random, rows=rows, test_rows=test_rows, inputs=inputs)
    clean = x @ teacher
    noisy = clean + noise * random.standard_normal(rows)
    return Lesson(inputs=x, noisy=noisy, clean=clean, test_inputs=test_x, truth=test_x @ teacher)


def labels(*, rows: int, test_rows: int, inputs: int, noise: float, seed: int) -> Lesson:
    """Targets are the signs of the teacher's sums, −1 or 1; the noise turns the fraction `noise` of them round.

    :raises ValueError: a fraction outside 0 to 1.
    """
    if not 0 <= noise <= 1:
        raise ValueError(f"noise {noise} is no fraction of the labels; choose from 0 to 1")
    random = np.random.default_rng(seed)
    x, test_x, teacher = _drawn(random, rows=rows, test_rows=test_rows, inputs=inputs)
    clean = np.where(x @ teacher >= 0, 1.0, -1.0)
    turned = np.zeros(rows, dtype=bool)
    turned[random.permutation(rows)[: round(noise * rows)]] = True
    truth = np.where(test_x @ teacher >= 0, 1.0, -1.0)
    return Lesson(inputs=x, noisy=np.where(turned, -clean, clean), clean=clean, test_inputs=test_x, truth=truth)


def _drawn(random: np.random.Generator, *, rows: int, test_rows: int, inputs: int) -> tuple[Array, Array, Array]:
    if min(rows, test_rows, inputs) < 1:
        raise ValueError(f"rows {rows}, test_rows {test_rows}, inputs {inputs}: each must be 1 or more")
    x, test_x = random.standard_normal((rows, inputs)), random.standard_normal((test_rows, inputs))
    teacher = random.standard_normal(inputs)
    return x, test_x, teacher / np.linalg.norm(teacher)
