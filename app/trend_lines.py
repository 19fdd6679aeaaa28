"""How is a trend drawn over time? Lines with their names at the end and bands of uncertainty.

A week or month that is not whole is a hollow point on a dotted line. Every point knows its papers: `customdata` is tag,
first day and last day. Bands and dotted lines are shapes, so that a chart's points are the counted ones alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from app.drawing import ARM_COLOURS, DASHES, laid_out, percent, wrap
from app.words import translations
from core.papers.trends import wilson
from db import series

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Measure = Literal["share", "count"]
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
_HEIGHT = 380
_TICKS = 6
FEWEST_DRAWN = 10  # papers of a period whose shares are drawn: with fewer an interval fills the chart


@dataclass(frozen=True, kw_only=True)
class Line:
    """One tag over time, as it is drawn.

    :param values: of each period, None where it has too few papers for a share; `bounds` their intervals, shares only.
    """

    value: str
    name: str
    colour: str
    dash: str
    symbol: str
    values: tuple[float | None, ...]
    bounds: tuple[tuple[float, float] | None, ...]
    counts: tuple[int, ...]


def line_of(value: str, name: str, found: series.Series, *, measure: Measure, place: int, colour: str | None) -> Line:
    """One of the tags of a series.

    :param place: among those that are drawn; it decides dash and symbol, and the colour where none is given.
    """
    counts = found.counts[value]
    pairs = list(zip(counts, found.totals, strict=True))
    shares = measure == "share"
    return Line(
        value=value,
        name=name,
        colour=colour or ARM_COLOURS[place % len(ARM_COLOURS)],
        dash=DASHES[place % len(DASHES)],
        symbol=_SYMBOLS[place % len(_SYMBOLS)],
        values=tuple((n / total if total >= FEWEST_DRAWN else None) if shares else float(n) for n, total in pairs),
        bounds=tuple(wilson(n, total) if shares and total >= FEWEST_DRAWN else None for n, total in pairs),
        counts=counts,
    )


def over_time(
    found: series.Series,
    lines: Sequence[Line],
    *,
    by: series.By,
    measure: Measure,
    since: date,
    until: date,
    language: str,
) -> Figure:
    """The figure."""
    from plotly import graph_objects as go

    tr = translations(language).gettext
    figure = go.Figure()
    labels = [f"{start:%Y-%m}" if by == "month" else f"{start:%y-%m-%d}" for start in found.periods]
    ends = [*(start - timedelta(days=1) for start in found.periods[1:]), until]
    spans = [(max(start, since), min(end, until)) for start, end in zip(found.periods, ends, strict=True)]
    for line in lines:
        _band(figure, line)
        _dotted(figure, line, found.partial)
        for hollow in (False, True):
            at = [place for place, partial in enumerate(found.partial) if partial == hollow]
            if not (at := [place for place in at if line.values[place] is not None]):
                continue
            marker = {"symbol": line.symbol + ("-open" if hollow else ""), "size": 9 if hollow else 7}
            figure.add_scatter(
                x=[labels[place] for place in at],
                y=[line.values[place] for place in at],
                name=tr("{name}, not whole").format(name=line.name) if hollow else line.name,
                mode="markers" if hollow else "lines+markers",
                line={"color": line.colour, "width": 2, "dash": line.dash},
                marker={**marker, "color": line.colour, "line": {"width": 2 if hollow else 0, "color": line.colour}},
                customdata=[[line.value, *map(str, spans[place])] for place in at],
                text=[_told(line, found, place) for place in at],
                hovertemplate="%{x}: %{text}<extra>" + line.name + "</extra>",
                showlegend=False,
            )
    _labels(figure, lines, labels)
    if found.unfinished:
        figure.add_annotation(
            x=labels[-1], xanchor="right", y=1, yref="paper", yanchor="bottom", showarrow=False, text=tr("not over yet")
        )
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=labels,
        range=[-0.4, len(labels) - 0.6],
        tickvals=labels[:: -(-len(labels) // _TICKS)],
        autotickangles=[0, 30, 60],
        showgrid=False,
    )
    figure.update_yaxes(
        title={"text": tr("share of papers") if measure == "share" else tr("papers"), "standoff": 4},
        tickformat=".1~%" if measure == "share" else ",d",
        rangemode="tozero",
        nticks=6,
        automargin=True,
    )
    # The names stand right of the last points.
    return laid_out(figure, height=_HEIGHT, hovermode="closest", margin={"l": 10, "r": 118, "t": 22, "b": 10})


def _told(line: Line, found: series.Series, place: int) -> str:
    """What is shown beside a point: the share, its interval, and the papers."""
    n, total, bounds = line.counts[place], found.totals[place], line.bounds[place]
    if bounds is None:
        return f"{n:,}"
    return f"{percent(line.values[place])} ({percent(bounds[0])}–{percent(bounds[1])}), {n:,} / {total:,}"


def _dotted(figure: Figure, line: Line, partial: Sequence[bool]) -> None:
    """To and from periods that are not whole; as shapes, which are no points."""
    for at in range(len(partial) - 1):
        y0, y1 = line.values[at], line.values[at + 1]
        if (partial[at] or partial[at + 1]) and y0 is not None and y1 is not None:
            stroke = {"color": line.colour, "width": 1.5, "dash": "dot"}
            figure.add_shape(type="line", x0=at, x1=at + 1, y0=y0, y1=y1, line=stroke, layer="below")


def _band(figure: Figure, line: Line) -> None:
    """The intervals, wherever two periods with papers stand side by side."""
    known = [(at, bounds) for at, bounds in enumerate(line.bounds) if bounds is not None]
    if len(known) < 2:
        return
    there = [f"{at},{low}" for at, (low, _) in known] + [f"{at},{high}" for at, (_, high) in reversed(known)]
    figure.add_shape(
        type="path",
        path="M " + " L ".join(there) + " Z",
        fillcolor=line.colour,
        opacity=0.12,
        line={"width": 0},
        layer="below",
    )


def _labels(figure: Figure, lines: Sequence[Line], labels: Sequence[str]) -> None:
    """Each line's name at its end, moved up or down where two would meet."""
    tops = [high for line in lines for _, high in filter(None, line.bounds)]
    tops += [value for line in lines for value in line.values if value is not None]
    pixels = (_HEIGHT - 80) / (max(tops, default=0.0) or 1.0)
    ends = [
        (max(at for at, value in enumerate(line.values) if value is not None), line)
        for line in lines
        if any(value is not None for value in line.values)
    ]
    ends.sort(key=lambda item: item[1].values[item[0]] or 0.0)
    taken = -100.0
    for at, line in ends:
        height = (line.values[at] or 0.0) * pixels
        wrapped = wrap(line.name)
        need = 15.0 * (wrapped.count("<br>") + 1) + 3
        place = max(height, taken + need / 2)
        taken = place + need / 2
        figure.add_annotation(
            x=labels[at],
            y=line.values[at],
            ax=20,
            ay=height - place,
            xanchor="left",
            text=wrapped,
            align="left",
            font={"size": 12},
            showarrow=True,
            arrowhead=0,
            arrowwidth=2,
            arrowcolor=line.colour,
            standoff=5,
        )
