"""How do double descent and superposition look? Plotly figures as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.language import Text

# Okabe and Ito's colours, as in all charts.
COLOURS = ("#0072B2", "#D55E00", "#009E73")


def descent(
    features: Sequence[float], errors: Mapping[Text, Sequence[float]], *, rows: int, across: Text, up: Text
) -> dict[str, Any]:
    """A line an arm over the number of features, both axes logarithmic, and a dotted line at as many as rows."""
    data = [
        {
            "type": "scatter", "mode": "lines+markers", "name": name.as_dict(), "x": list(features), "y": list(values),
            "line": {"color": colour, "width": 2.5},
        }
        for (name, values), colour in zip(errors.items(), COLOURS, strict=False)
    ]  # fmt: skip
    threshold = {
        "type": "line", "x0": rows, "x1": rows, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": "#888888", "dash": "dot"},
    }  # fmt: skip
    layout = {
        "height": 380,
        "margin": {"l": 60, "r": 10, "t": 16, "b": 50},
        "legend": {"orientation": "h", "y": -0.3, "x": 0},
        "xaxis": {"type": "log", "title": {"text": across.as_dict()}},
        "yaxis": {"type": "log", "title": {"text": up.as_dict()}},
        "shapes": [threshold],
    }
    return {"data": data, "layout": layout}


def overlaps(matrix: Sequence[Sequence[float]]) -> dict[str, Any]:
    """`W · Wᵀ` as a square: a blue diagonal for what is represented, colours beside it for what leaks."""
    names = [str(number) for number in range(1, len(matrix) + 1)]
    rows = [[round(value, 3) for value in row] for row in matrix]
    heatmap = {
        "type": "heatmap", "x": names, "y": names, "z": rows, "colorscale": "RdBu", "zmin": -1.5, "zmax": 1.5,
        "colorbar": {"thickness": 10, "outlinewidth": 0}, "hovertemplate": "%{y}, %{x}: %{z}<extra></extra>",
    }  # fmt: skip
    axis = {"type": "category", "showgrid": False}
    layout = {
        "height": 420,
        "margin": {"l": 40, "r": 10, "t": 10, "b": 40},
        "xaxis": axis,
        "yaxis": axis | {"autorange": "reversed"},
    }
    return {"data": [heatmap], "layout": layout}
