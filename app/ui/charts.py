"""How are events and counts drawn? Plotly figures made from plain records; arms keep their colour everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.ui import style
from app.ui.words import _, event_text
from core.events import Figure, Point

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

# Okabe and Ito's colours, told apart with any colour vision; the yellow is left out, too pale on white.
ARM_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("solid", "dash", "dot", "dashdot")


def arm_colours(arms: Sequence[str]) -> dict[str, str]:
    """Arm to colour, in the order of the experiment's own list."""
    return {arm: ARM_COLOURS[index % len(ARM_COLOURS)] for index, arm in enumerate(arms)}


def _layout(figure: PlotlyFigure, *, title: str, height: int) -> PlotlyFigure:
    figure.update_layout(
        title={"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left"},
        height=height,
        margin={"l": 10, "r": 10, "t": 44 if title else 16, "b": 10},
        legend={"orientation": "h", "y": -0.22, "x": 0},
        hovermode="x unified",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure


def show(figure: PlotlyFigure | Mapping[str, Any], *, key: str, alt: str) -> None:
    """Draw a figure in the visitor's theme. `alt` says in words what it shows."""
    st.plotly_chart(figure, key=key, config={"displaylogo": False, "displayModeBar": False}, alt=alt)


def points(events: Sequence[Point], labels: Mapping[str, str], *, title: str = "") -> PlotlyFigure:
    """The live chart: a thin line for each replicate of each arm, and where several reached an x, their mean thick."""
    from plotly import graph_objects as go

    figure = go.Figure()
    colours = arm_colours([*labels, *(event.arm for event in events if event.arm not in labels)])
    for arm in dict.fromkeys(event.arm for event in events):
        mine = [event for event in events if event.arm == arm]
        by_x: dict[float, list[float]] = {}
        for replicate in sorted({event.replicate for event in mine}):
            line = sorted(((event.x, event.y) for event in mine if event.replicate == replicate), key=lambda pair: pair[0])
            for x, y in line:
                by_x.setdefault(x, []).append(y)
            figure.add_scatter(
                x=[x for x, _y in line],
                y=[y for _x, y in line],
                mode="lines+markers" if len(line) < 3 else "lines",
                line={"color": colours[arm], "width": 1},
                opacity=0.35,
                showlegend=False,
                hoverinfo="skip",
            )
        mean = sorted((x, sum(ys) / len(ys)) for x, ys in by_x.items())
        figure.add_scatter(
            x=[x for x, _y in mean],
            y=[y for _x, y in mean],
            name=labels.get(arm, arm),
            mode="lines+markers" if len(mean) < 30 else "lines",
            line={"color": colours[arm], "width": 2.5},
        )
    if events:
        figure.update_xaxes(title=event_text(events[0].x_label))
        figure.update_yaxes(title=event_text(events[0].y_label))
    return _layout(figure, title=title, height=360)


def recorded(event: Figure) -> dict[str, Any]:
    """A figure that an experiment drew, on a clear ground so that it fits both themes."""
    layout = dict(event.plotly.get("layout", {}))
    layout |= {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
    return {"data": event.plotly.get("data", []), "layout": layout}


def trend(periods: Sequence[str], counts: Mapping[str, Sequence[int]], names: Mapping[str, str], *, title: str,
          unfinished: str | None = None, colours: Mapping[str, str] | None = None) -> PlotlyFigure:
    """Papers a period for each tag.

    :param periods: labels of the periods, in order.
    :param counts: tag to one count a period.
    :param unfinished: the period that is still running; it is drawn apart.
    """
    from plotly import graph_objects as go

    figure = go.Figure()
    shades = colours or arm_colours(list(counts))
    for index, (value, series) in enumerate(counts.items()):
        figure.add_scatter(
            x=list(periods),
            y=list(series),
            name=names.get(value, value),
            mode="lines+markers",
            line={"color": shades.get(value), "width": 2, "dash": DASHES[index // len(ARM_COLOURS) % len(DASHES)]},
        )
    if unfinished in periods:
        figure.add_vrect(
            x0=periods.index(unfinished) - 0.5,
            x1=periods.index(unfinished) + 0.5,
            fillcolor="gray",
            opacity=0.12,
            line_width=0,
            annotation_text=_("not over yet"),
            annotation_position="top left",
        )
    figure.update_xaxes(type="category")
    figure.update_yaxes(title=_("papers"), rangemode="tozero")
    return _layout(figure, title=title, height=320)


def colours_of_stages() -> dict[str, str]:
    """The stage colours, for `trend`."""
    return style.stage_colours()
