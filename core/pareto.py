"""Which of many ways is worth its size? A Plotly figure, as plain JSON, of size against value, with the front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.heatmaps import tick
from core.language import Text

Sized = Mapping[str, tuple[float, float]]


def front(found: Sized) -> list[str]:
    """The names that nothing at most as large beats or equals, the smallest first.

    :param found: name to (size, value).
    """
    names: list[str] = []
    best = float("-inf")
    for name, (_size, value) in sorted(found.items(), key=lambda item: (item[1][0], -item[1][1], item[0])):
        if value > best:
            names.append(name)
            best = value
    return names


def pareto(found: Sized, *, size: Text, value: Text) -> dict[str, Any]:
    """Each name as a point, sizes on a logarithmic axis; a dotted line joins the front.

    :param size, value: what the axes show, with units.
    """
    kept = front(found)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [found[name][0] for name in kept],
        "y": [found[name][1] for name in kept],
        "line": {"dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [at for at, _value in found.values()],
        "y": [height for _size, height in found.values()],
        "text": [tick(name) for name in found],
        "textposition": "top center",
        "showlegend": False,
    }
    axes = {
        "xaxis": {"type": "log", "title": {"text": size.as_dict()}},
        "yaxis": {"title": {"text": value.as_dict()}},
    }
    return {"data": [line, points], "layout": axes}
