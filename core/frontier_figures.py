"""How do rivals for a reward look? Plotly figures as plain JSON: gold and proxy over divergence, and best-of-n over n.

Gold is drawn full and the proxy dotted, in the colour of the way and with a marker of its own. Every divergence stands
at its root, along which gold grows evenly at first (arXiv:2210.10760).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.language import Text

# Okabe and Ito's colours, as in all charts.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
SYMBOLS = ("circle", "diamond", "square", "triangle-up")
_LAYOUT: dict[str, Any] = {
    "height": 420,
    "margin": {"l": 60, "r": 10, "t": 16, "b": 50},
    "legend": {"orientation": "h", "y": -0.25, "x": 0},
}
_ROOT = Text("√KL from the supervised policy (√nat)", "지도 미세조정 정책과의 √KL (√nat)")
_POINTS = Text("points above the supervised policy", "지도 미세조정 정책 대비 점수")


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One point of a way.

    :param kl: in nats.
    :param gold, proxy: above those of the start.
    :param label: what the point is called: its β, its n, or nothing.
    """

    kl: float
    gold: float
    proxy: float
    label: str = ""


def frontier(ways: Mapping[Text, Sequence[Stop]]) -> dict[str, Any]:
    """Gold (full) and proxy (dotted) of each way, its stops joined in the order of their divergence."""
    data: list[dict[str, Any]] = []
    for number, (name, stops) in enumerate(ways.items()):
        look = {"color": COLOURS[number % len(COLOURS)]}
        ordered = sorted(stops, key=lambda stop: stop.kl)
        x = [_root(stop) for stop in ordered]
        labels = [stop.label for stop in ordered]
        symbol = SYMBOLS[number % len(SYMBOLS)]
        marker: dict[str, Any] = look | {"size": 9, "symbol": symbol}
        gold, proxy = [round(stop.gold, 4) for stop in ordered], [round(stop.proxy, 4) for stop in ordered]
        data.append(
            _line(x, gold, _gold(name), look | {"width": 2.5}) | {"mode": "lines+markers+text", "marker": marker}
            | {"text": labels, "textposition": "top center", "textfont": {"size": 10}}
        )  # fmt: skip
        data.append(
            _line(x, proxy, _proxy(name), look | {"width": 1.5, "dash": "dot"})
            | {"mode": "lines+markers", "marker": marker | {"size": 6, "symbol": f"{symbol}-open"}}
            | {"text": labels}
        )  # fmt: skip
    return {"data": data, "layout": _LAYOUT | _axes(_ROOT, _POINTS)}


def driven(ways: Mapping[Text, Sequence[Stop]]) -> dict[str, Any]:
    """The same on the way of one training each, the looks in their order; a star where gold is highest."""
    data: list[dict[str, Any]] = []
    for number, (name, stops) in enumerate(ways.items()):
        look = {"color": COLOURS[number % len(COLOURS)]}
        x, gold = [_root(stop) for stop in stops], [round(stop.gold, 4) for stop in stops]
        data.append(_line(x, gold, _gold(name), look | {"width": 2.5}) | {"mode": "lines+markers"})
        data.append(_line(x, [round(stop.proxy, 4) for stop in stops], _proxy(name), look | {"dash": "dot"}))
        peak = max(range(len(gold)), key=lambda at: gold[at])
        star = {"symbol": "star", "size": 14} | look
        data.append(
            _line([x[peak]], [gold[peak]], name, look) | {"mode": "markers", "marker": star, "showlegend": False}
        )
    return {"data": data, "layout": _LAYOUT | _axes(_ROOT, _POINTS)}


def by_n(ns: Sequence[int], lines: Mapping[Text, Sequence[float]]) -> dict[str, Any]:
    """Some numbers of best-of-n over n, on a logarithmic axis."""
    data = [
        _line(ns, [round(value, 4) for value in values], name, {"color": COLOURS[number % len(COLOURS)], "width": 2.5})
        | {"mode": "lines+markers", "marker": {"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8}}
        for number, (name, values) in enumerate(lines.items())
    ]
    axes = _axes(Text("n, answers to a prompt", "프롬프트당 답의 수 n"), _POINTS)
    axes["xaxis"] |= {"type": "log", "tickvals": list(ns), "ticktext": [str(n) for n in ns]}
    return {"data": data, "layout": _LAYOUT | axes}


def _root(stop: Stop) -> float:
    return round(math.sqrt(max(0.0, stop.kl)), 4)


def _gold(name: Text) -> Text:
    return Text(f"{name.en}: gold", f"{name.to('ko')}: 골드")


def _proxy(name: Text) -> Text:
    return Text(f"{name.en}: proxy", f"{name.to('ko')}: 프록시")


def _line(x: Sequence[float], y: Sequence[float], name: Text, line: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name.as_dict(), "line": line}


def _axes(across: Text, up: Text) -> dict[str, Any]:
    return {
        "xaxis": {"title": {"text": across.as_dict()}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": up.as_dict()}},
    }
