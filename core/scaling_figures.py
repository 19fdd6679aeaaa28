"""How do scaling laws look? Plotly figures as plain JSON: valleys of equal compute, laws beside the papers'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.training.scaling_law import PowerLaw, TrainedRun, best_size, best_sizes, by_budget, frontier, power_law

# Okabe and Ito's colours, as in all charts.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_LAYOUT: dict[str, Any] = {
    "height": 380,
    "margin": {"l": 60, "r": 10, "t": 16, "b": 50},
    "legend": {"orientation": "h", "y": -0.3, "x": 0},
}
_PAPERS = (("Chinchilla", 0.5, "dash"), ("Kaplan et al.", 0.73, "dot"))


def valleys(runs: Sequence[TrainedRun], *, floor: float) -> dict[str, Any]:
    """Reducible loss over size, a line a budget; a star where its parabola is lowest. Both axes are logarithmic."""
    data: list[dict[str, Any]] = []
    for number, same in enumerate(by_budget(runs)):
        colour = COLOURS[number % len(COLOURS)]
        losses = [round(run.loss - floor, 5) for run in same]
        name = f"{same[0].flops:.1e} FLOPs"
        line = {"color": colour, "width": 2.5}
        data.append(_scatter([run.parameters for run in same], losses, name, line=line, mode="lines+markers"))
        if len(same) >= 3:
            lowest = {"symbol": "star", "size": 13, "color": colour}
            best = [best_size(same, count="total")], [min(losses)]
            data.append(_scatter(*best, name, mode="markers", marker=lowest, showlegend=False))
    return {"data": data, "layout": _LAYOUT | _logarithmic("parameters", "loss above the floor (nats a token)")}


def law(runs: Sequence[TrainedRun], *, floor: float) -> dict[str, Any]:
    """The best loss of each budget over compute, with the power law fitted to all budgets but the largest."""
    best = frontier(runs)
    compute, losses = [run.flops for run in best], [run.loss - floor for run in best]
    data = [_scatter(compute, losses, "best of each budget", mode="markers", marker={"size": 11, "color": COLOURS[0]})]
    if len(best) > 2:
        fitted = power_law(compute[:-1], losses[:-1])
        name = f"fitted without the last: C^{fitted.exponent:.3f}"
        data.append(_line(fitted, compute, name, {"color": COLOURS[1], "width": 2.5}))
    return {"data": data, "layout": _LAYOUT | _logarithmic("compute (FLOPs)", "loss above the floor (nats a token)")}


def growth(runs: Sequence[TrainedRun]) -> dict[str, Any]:
    """The best size over compute by both counts, with lines as steep as the papers' through the middle of the first."""
    data: list[dict[str, Any]] = []
    for number, (count, name) in enumerate((("total", "all parameters"), ("bare", "without embeddings"))):
        compute, sizes = best_sizes(runs, count=count)  # type: ignore[arg-type]
        colour = COLOURS[number]
        data.append(_scatter(compute, sizes, name, mode="markers", marker={"size": 11, "color": colour}))
        if len(compute) > 1:
            fitted = power_law(compute, sizes)
            line = {"color": colour, "width": 2.5}
            data.append(_line(fitted, compute, f"{name}: C^{fitted.exponent:.2f}", line))
        if number == 0:
            middle = len(compute) // 2
            for paper, exponent, dash in _PAPERS:
                guide = PowerLaw(scale=sizes[middle] / compute[middle] ** exponent, exponent=exponent)
                data.append(_line(guide, compute, f"{paper}: C^{exponent:g}", {"color": "#888888", "dash": dash}))
    return {"data": data, "layout": _LAYOUT | _logarithmic("compute (FLOPs)", "best size (parameters)")}


def _line(fitted: PowerLaw, x: Sequence[float], name: str, line: dict[str, Any]) -> dict[str, Any]:
    ends = [min(x), max(x)]
    return _scatter(ends, [fitted.at(end) for end in ends], name, mode="lines", line=line)


def _scatter(x: Sequence[float], y: Sequence[float], name: str, **more: Any) -> dict[str, Any]:
    return {"type": "scatter", "x": [float(at) for at in x], "y": [float(at) for at in y], "name": name, **more}


def _logarithmic(across: str, up: str) -> dict[str, Any]:
    return {
        "xaxis": {"type": "log", "title": {"text": across}},
        "yaxis": {"type": "log", "title": {"text": up}},
    }
