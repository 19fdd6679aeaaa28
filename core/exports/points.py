"""Which numbers stand behind a chart? The points of a Plotly figure, for readers that draw none."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from core.exports import words

# A longer series is thinned to this many rows; the figure's JSON has them all.
POINTS = 60


def points(plotly: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(series, x, y) of every trace that has both, thinned evenly to `POINTS` a trace."""
    for place, trace in enumerate(plotly.get("data") or ()):
        if not isinstance(trace, Mapping):
            continue
        xs, ys = _values(trace.get("x")), _values(trace.get("y"))
        count = min(len(xs), len(ys))
        step = max(1, math.ceil(count / POINTS))
        name = str(trace.get("name") or place + 1)
        for at in range(0, count, step):
            yield name, _shown(xs[at]), _shown(ys[at])


def axes(plotly: Mapping[str, Any]) -> tuple[str, str]:
    """The titles of the two axes, `x` and `y` where they have none."""
    return _axis(plotly, "x"), _axis(plotly, "y")


def _axis(plotly: Mapping[str, Any], letter: str) -> str:
    title = plotly.get("layout", {}).get(f"{letter}axis", {}).get("title", "")
    text = title.get("text", "") if isinstance(title, Mapping) else title
    return str(text or "") or letter


def _values(given: Any) -> list[Any]:
    """A trace's values; Plotly writes arrays of numbers as base64 with their type."""
    if isinstance(given, Mapping) and isinstance(given.get("bdata"), str):
        kind = np.dtype(str(given.get("dtype", "f8"))).newbyteorder("<")
        return list(np.frombuffer(base64.b64decode(given["bdata"]), dtype=kind).tolist())
    if isinstance(given, np.ndarray):
        return list(given.tolist())
    return list(given) if isinstance(given, list | tuple) else []


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return words.number(value)
    return "–" if value is None else str(value)
