"""How does an attention map become a figure? Plotly figures as plain JSON: one head large, all heads in a grid, or a
number for each head.

Tokens are text from anywhere, and Plotly reads a small HTML in its labels: they are escaped here.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from core.events import Strip
from core.language import Text

Map = Sequence[Sequence[float]]

# One hue that comes out of the page, so that much attention stands out on a light page and on a dark one alike; what
# Plotly calls Blues is darkest where there is none.
_COLOURS = [[0, "rgba(59,130,196,0.06)"], [1, "rgba(59,130,196,1)"]]
_BAR = {"thickness": 10, "outlinewidth": 0}
_GAP = 0.2
_NUMBERED = 64  # heads; more have no room for numbers


def tick(token: str) -> str:
    """A token as an axis shows it: escaped, with blanks that can be seen; a part of a character is an ellipsis."""
    shown = token.replace("\n", "↵").replace("\t", "⇥").replace(" ", "·") or "…"
    # A dollar sign would begin a formula where MathJax is loaded.
    return html.escape(shown, quote=False).replace("$", "&#36;")


def one_head(attention: Map, tokens: Sequence[str]) -> dict[str, Any]:
    """One map with its tokens on both axes: rows look, columns are looked at.

    :param attention: (time, time); above the diagonal nothing is drawn.
    """
    axis = _axis(tokens)
    return {
        "data": [_heatmap(attention, tokens) | {"colorscale": _COLOURS, "zmin": 0, "zmax": 1, "colorbar": _BAR}],
        "layout": {
            "height": 140 + 14 * len(tokens),
            "margin": {"l": 70, "r": 10, "t": 10, "b": 70},
            "xaxis": axis | {"tickangle": -60},
            "yaxis": axis | {"autorange": "reversed"},
        },
    }


def head_grid(maps: Sequence[Sequence[Map]], tokens: Sequence[str]) -> dict[str, Any]:
    """All heads in small: a row a layer, a column a head, each named `layer.head`. Tokens show where one points.

    :param maps: (layers, heads, time, time).
    """
    layers, heads = len(maps), len(maps[0])
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "height": 60 + 130 * layers,
        "margin": {"l": 10, "r": 10, "t": 40, "b": 10},
        "coloraxis": {"colorscale": _COLOURS, "cmin": 0, "cmax": 1, "colorbar": _BAR},
        "annotations": [],
    }
    axis = _axis(tokens) | {"showticklabels": False}
    for layer, row in enumerate(maps):
        for head, attention in enumerate(row):
            number = layer * heads + head + 1
            suffix = "" if number == 1 else str(number)
            across, down = _place(head, heads), _place(layers - 1 - layer, layers)
            links = {"coloraxis": "coloraxis", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
            data.append(_heatmap(attention, tokens) | links)
            layout[f"xaxis{suffix}"] = axis | {"domain": across, "anchor": f"y{suffix}"}
            layout[f"yaxis{suffix}"] = axis | {"domain": down, "anchor": f"x{suffix}", "autorange": "reversed"}
            layout["annotations"].append(_caption(f"{layer}.{head}", across=across, down=down))
    return {"data": data, "layout": layout}


def looked_at(attention: Map, tokens: Sequence[str], *, position: int, name: str, head: Text) -> Strip:
    """The text itself, its tokens shaded by how much the one at `position` attends to them.

    :param attention: (time, time).
    :param head: what the head is called.
    """
    row = [float(value) for value in attention[position]]
    title = Text(f"{head.en}. What the marked token looks at", f"{head.ko}. 표시한 토큰이 보는 곳")
    return Strip(
        name=name,
        title=title.as_dict(),
        tokens=list(tokens),
        values=[value if place <= position else None for place, value in enumerate(row)],
        high=1.0,
        unit_of_measure="share",
        notes=[f"#{place}" for place in range(len(row))],  # the number by which a token can be chosen
        chosen=[position],
    )


def head_scores(scores: Sequence[Sequence[float]]) -> dict[str, Any]:
    """One number a head, from 0 to 1: layers down, heads across.

    :param scores: (layers, heads).
    """
    layers, heads = len(scores), len(scores[0])
    whole = {"dtick": 1 if max(layers, heads) <= 16 else 4, "showgrid": False, "zeroline": False}
    panel = {
        "type": "heatmap",
        "z": [[round(value, 3) for value in row] for row in scores],
        "colorscale": _COLOURS,
        "zmin": 0,
        "zmax": 1,
        "colorbar": _BAR,
        "hovertemplate": "%{y}.%{x}: %{z}<extra></extra>",
    }
    if layers * heads <= _NUMBERED:
        panel["texttemplate"] = "%{z:.2f}"
    return {
        "data": [panel],
        "layout": {
            "height": 90 + 26 * layers,
            "margin": {"l": 40, "r": 10, "t": 10, "b": 30},
            "xaxis": whole,
            "yaxis": whole | {"autorange": "reversed"},
        },
    }


def _heatmap(attention: Map, tokens: Sequence[str]) -> dict[str, Any]:
    rows = [
        [round(value, 3) if key <= query else None for key, value in enumerate(row)]
        for query, row in enumerate(attention)
    ]
    # The number keeps a token that stands there twice in two places.
    names = [f"{index} {tick(token)}" for index, token in enumerate(tokens)]
    hover = "%{y} → %{x}: %{z}<extra></extra>"
    return {"type": "heatmap", "x": names, "y": names, "z": rows, "hovertemplate": hover}


def _axis(tokens: Sequence[str]) -> dict[str, Any]:
    shown = [tick(token) for token in tokens]
    ticks = {"tickmode": "array", "tickvals": list(range(len(shown))), "ticktext": shown}
    return {"type": "category", "showgrid": False} | ticks


def _place(index: int, count: int) -> list[float]:
    """Start and end, from 0 to 1, of panel `index` of `count` with gaps between them."""
    width = 1 / (count + (count - 1) * _GAP)
    start = index * width * (1 + _GAP)
    return [round(start, 5), min(1.0, round(start + width, 5))]


def _caption(text: str, *, across: list[float], down: list[float]) -> dict[str, Any]:
    place = {"x": sum(across) / 2, "y": down[1], "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "font": {"size": 11}}
