"""How do scaling laws look? Plotly figures as plain JSON: valleys of equal compute, laws beside the papers'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.language import Text
from core.training.scaling_law import PowerLaw, TrainedRun, best_size, best_sizes, by_budget, frontier, power_law

# Okabe and Ito's colours, as in all charts.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_LAYOUT: dict[str, Any] = {
    "height": 380,
    "margin": {"l": 60, "r": 10, "t": 16, "b": 50},
    "legend": {"orientation": "h", "y": -0.3, "x": 0},
}
_PAPERS = ((Text("Chinchilla", "친칠라"), 0.5, "dash"), (Text("Kaplan et al.", "카플란 등"), 0.73, "dot"))
_ABOVE = Text("loss above the floor (nats a token)", "바닥 위의 손실 (토큰당 nat)")
_COMPUTE = Text("compute (FLOPs)", "연산량 (FLOPs)")
_COUNTS = (("total", Text("all parameters", "모든 파라미터")), ("bare", Text("without embeddings", "임베딩 제외")))


def valleys(runs: Sequence[TrainedRun], *, floor: float) -> dict[str, Any]:
    """Reducible loss over size, a line a budget; a star where its parabola is lowest. Both axes are logarithmic."""
    data: list[dict[str, Any]] = []
    for number, same in enumerate(by_budget(runs)):
        colour = COLOURS[number % len(COLOURS)]
        losses = [round(run.loss - floor, 5) for run in same]
        name = Text(f"{same[0].flops:.1e} FLOPs")
        line = {"color": colour, "width": 2.5}
        data.append(_scatter([run.parameters for run in same], losses, name, line=line, mode="lines+markers"))
        if len(same) >= 3:
            lowest = {"symbol": "star", "size": 13, "color": colour}
            best = [best_size(same, count="total")], [min(losses)]
            data.append(_scatter(*best, name, mode="markers", marker=lowest, showlegend=False))
    return {"data": data, "layout": _LAYOUT | _logarithmic(Text("parameters", "파라미터 수"), _ABOVE)}


def law(runs: Sequence[TrainedRun], *, floor: float) -> dict[str, Any]:
    """The best loss of each budget over compute, with the power law fitted to all budgets but the largest."""
    best = frontier(runs)
    compute, losses = [run.flops for run in best], [run.loss - floor for run in best]
    data = [
        _scatter(
            compute,
            losses,
            Text("best of each budget", "예산별 최저"),
            mode="markers",
            marker={"size": 11, "color": COLOURS[0]},
        )
    ]
    if len(best) > 2 and min(losses[:-1]) > 0:
        fitted = power_law(compute[:-1], losses[:-1])
        power = f"C^{fitted.exponent:.3f}"
        name = Text(f"fitted without the last: {power}", f"마지막을 뺀 맞춤: {power}")
        data.append(_line(fitted, compute, name, {"color": COLOURS[1], "width": 2.5}))
    return {"data": data, "layout": _LAYOUT | _logarithmic(_COMPUTE, _ABOVE)}


def growth(runs: Sequence[TrainedRun]) -> dict[str, Any]:
    """The best size over compute by both counts, with lines as steep as the papers' through the middle of the first."""
    data: list[dict[str, Any]] = []
    for number, (count, name) in enumerate(_COUNTS):
        compute, sizes = best_sizes(runs, count=count)  # type: ignore[arg-type]
        colour = COLOURS[number]
        data.append(_scatter(compute, sizes, name, mode="markers", marker={"size": 11, "color": colour}))
        if len(compute) > 1:
            fitted = power_law(compute, sizes)
            line = {"color": colour, "width": 2.5}
            data.append(_line(fitted, compute, _with(name, f"C^{fitted.exponent:.2f}"), line))
        if number == 0:
            middle = len(compute) // 2
            for paper, exponent, dash in _PAPERS:
                guide = PowerLaw(scale=sizes[middle] / compute[middle] ** exponent, exponent=exponent)
                data.append(_line(guide, compute, _with(paper, f"C^{exponent:g}"), {"color": "#888888", "dash": dash}))
    return {
        "data": data,
        "layout": _LAYOUT | _logarithmic(_COMPUTE, Text("best size (parameters)", "최적 크기 (파라미터 수)")),
    }


def _with(name: Text, power: str) -> Text:
    return Text(f"{name.en}: {power}", f"{name.to('ko')}: {power}")


def _line(fitted: PowerLaw, x: Sequence[float], name: Text, line: dict[str, Any]) -> dict[str, Any]:
    ends = [min(x), max(x)]
    return _scatter(ends, [fitted.at(end) for end in ends], name, mode="lines", line=line)


def _scatter(x: Sequence[float], y: Sequence[float], name: Text, **more: Any) -> dict[str, Any]:
    places = {"x": [float(at) for at in x], "y": [float(at) for at in y]}
    return {"type": "scatter", **places, "name": name.as_dict(), **more}


def _logarithmic(across: Text, up: Text) -> dict[str, Any]:
    return {
        "xaxis": {"type": "log", "title": {"text": across.as_dict()}},
        "yaxis": {"type": "log", "title": {"text": up.as_dict()}},
    }
