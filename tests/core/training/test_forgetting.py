"""What was forgotten, read where as much was gained."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.forgetting import forgotten_at, less_forgotten

PATH = [(4.0, 1.0), (3.5, 1.2), (3.0, 1.6), (3.2, 2.0)]


def test_between_two_looks_both_losses_change_in_proportion() -> None:
    found = forgotten_at(PATH, (0, 0.25, 0.5, 0.75, 1.0, 1.5))
    assert found == pytest.approx({0: 0.0, 0.25: 0.1, 0.5: 0.2, 0.75: 0.4, 1.0: 0.6})


def test_a_training_that_gains_nothing_has_forgotten_nothing_where_nothing_was_gained() -> None:
    assert forgotten_at([(4.0, 1.0)], (0, 0.25)) == {0: 0.0}
    assert forgotten_at([(4.0, 1.0), (5.0, 3.0)], (0, 0.25)) == {0: 0.0}


def test_two_are_compared_at_the_largest_gain_that_both_reached() -> None:
    assert less_forgotten({0: 0.0, 0.25: 0.3, 0.5: 0.9}, {0: 0.0, 0.25: 0.1}) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="no gain that both reached"):
        less_forgotten({0.5: 1.0}, {0.25: 1.0})


def test_where_nothing_was_gained_nothing_is_compared() -> None:
    with pytest.raises(ValueError, match="no gain that both reached"):
        less_forgotten({0: 0.0, 0.25: 0.3}, {0: 0.0})


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=8))
def test_who_trains_alike_forgets_alike(path: list[tuple[float, float]]) -> None:
    found = forgotten_at([(20.0, 0.0), *path])
    assert less_forgotten(found, found) == 0
