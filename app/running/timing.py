"""How long will a run still take? Judged by how fast it has come so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.events import Event, Progress, Status

ENOUGH = 0.03  # of the whole: before it, nothing can be said
SOME_TIME = 2.0  # seconds, likewise


def seconds_left(said: Sequence[tuple[Event, dict[str, Any]]], *, elapsed: float) -> float | None:
    """Seconds until the end if the rest is as fast as what was done; None where that cannot be said yet.

    :param said: a run's events with their heads, whose `t` is in seconds since the start.
    :param elapsed: seconds since the start, now.
    """
    own = [(event, head["t"]) for event, head in said if head["unit"] is None]
    if any(isinstance(event, Status) and event.state in ("finished", "failed", "cancelled") for event, _t in own):
        return None
    progress = [(event.done, t) for event, t in own if isinstance(event, Progress)]
    if not progress:
        return None
    done, at = progress[-1]
    # Loading libraries is no measure of the work: the clock starts when the units do.
    began = max((t for part, t in progress if part == 0.0), default=0.0)
    if done < ENOUGH or at - began < SOME_TIME:
        return None
    return max(0.0, (at - began) * (1 - done) / done - (elapsed - at))
