"""How does an answer get better with what stands before it? Lines over a count, as a Plotly figure in plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.language import Text
from core.scaling_figures import COLOURS


def lines(
    found: Mapping[Text, Sequence[float]],
    *,
    across: Text,
    up: Text,
    start: int = 0,
    guides: Mapping[Text, Sequence[float]] | None = None,
    share: bool = False,
) -> dict[str, Any]:
    """Each name's values over `start`, `start` + 1, …; guides are grey and dashed.

    :param share: the values lie between 0 and 1, and the axis shows all of it.
    """
    data = []
    for number, (name, values) in enumerate(found.items()):
        line = {"color": COLOURS[number % len(COLOURS)], "width": 2.5}
        data.append(_line(name, values, start) | {"line": line})
    for number, (name, values) in enumerate((guides or {}).items()):
        line = {"color": "#888888", "width": 1.5, "dash": ("dash", "dot", "dashdot")[number % 3]}
        data.append(_line(name, values, start) | {"line": line, "marker": {"size": 4}})
    values_axis: dict[str, Any] = {"title": {"text": up.as_dict()}}
    if share:
        values_axis |= {"range": [-0.03, 1.03], "tickformat": ".0%"}
    layout = {
        "height": 380,
        "margin": {"l": 60, "r": 10, "t": 16, "b": 50},
        "legend": {"orientation": "h", "y": -0.3, "x": 0},
        "xaxis": {"title": {"text": across.as_dict()}, "dtick": 1},
        "yaxis": values_axis,
    }
    return {"data": data, "layout": layout}


def _line(name: Text, values: Sequence[float], start: int) -> dict[str, Any]:
    x = list(range(start, start + len(values)))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": [round(v, 6) for v in values],
        "name": name.as_dict(),
    }
