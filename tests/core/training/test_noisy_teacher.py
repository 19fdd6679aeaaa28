"""Teachers with a known amount of noise: it is in the training targets alone, and it is as much as was asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.noisy_teacher import labels, numbers


@given(noise=st.floats(0, 1), rows=st.integers(1, 60), seed=st.integers(0, 20))
def test_the_fraction_of_labels_is_turned_round(noise: float, rows: int, seed: int) -> None:
    lesson = labels(rows=rows, test_rows=5, inputs=3, noise=noise, seed=seed)
    assert (lesson.noisy != lesson.clean).sum() == round(noise * rows)
    assert set(np.unique(np.concatenate([lesson.noisy, lesson.truth]))) <= {-1.0, 1.0}


def test_numbers_are_the_teachers_and_the_noise_is_as_wide_as_asked() -> None:
    lesson = numbers(rows=4000, test_rows=50, inputs=6, noise=0.5, seed=1)
    teacher, left, *_ = np.linalg.lstsq(lesson.inputs, lesson.clean)
    assert left == pytest.approx(0, abs=1e-9)
    assert np.linalg.norm(teacher) == pytest.approx(1)
    assert lesson.truth == pytest.approx(lesson.test_inputs @ teacher)
    assert (lesson.noisy - lesson.clean).std() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(("values", "word"), [({"noise": 1.5}, "fraction"), ({"rows": 0}, "1 or more")])
def test_what_cannot_be_is_refused(values: dict[str, float], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        labels(**{"rows": 4, "test_rows": 4, "inputs": 2, "noise": 0.1, "seed": 1, **values})  # type: ignore[arg-type]
