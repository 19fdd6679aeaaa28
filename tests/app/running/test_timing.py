"""Time left: none before there is something to judge by, then what the pace so far gives."""

from __future__ import annotations

from typing import Any

import pytest

from app.running.timing import seconds_left
from core.events import Event, Progress, Status


def said(*pairs: tuple[float, float]) -> list[tuple[Event, dict[str, Any]]]:
    return [(Progress(done=done), {"unit": None, "t": t}) for t, done in pairs]


@pytest.mark.parametrize(
    ("events", "elapsed", "left"),
    [
        ([], 1.0, None),
        (said((3, 0.0)), 4.0, None),
        (said((3, 0.0), (4, 0.01)), 4.0, None),
        (said((3, 0.0), (13, 0.25)), 13.0, 30.0),
        (said((3, 0.0), (13, 0.25)), 18.0, 25.0),  # five seconds later, nothing new
        (said((3, 0.0), (13, 0.25)), 100.0, 0.0),
        (said((0, 0.0), (6, 0.0), (16, 0.5)), 16.0, 10.0),  # libraries took the first six seconds
    ],
)
def test_the_pace_so_far_tells(events: Any, elapsed: float, left: float | None) -> None:
    found = seconds_left(events, elapsed=elapsed)
    assert found is None if left is None else found == pytest.approx(left)


def test_the_progress_of_a_unit_is_not_that_of_the_run() -> None:
    unit: tuple[Event, dict[str, Any]] = (Progress(done=0.9), {"unit": "u", "t": 13.0})
    assert seconds_left([*said((3, 0.0), (13, 0.25)), unit], elapsed=13.0) == pytest.approx(30.0)


def test_a_run_that_ended_has_no_time_left() -> None:
    over: tuple[Event, dict[str, Any]] = (Status(state="finished"), {"unit": None, "t": 20.0})
    assert seconds_left([*said((3, 0.0), (13, 0.25)), over], elapsed=20.0) is None
