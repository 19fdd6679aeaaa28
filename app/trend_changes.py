"""How is a change drawn? A tag a row, its share before and now with their intervals, in the colour of its direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.drawing import laid_out, percent, wrap
from app.words import translations
from core.papers.trends import Change, Period

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COLOURS = {"rising": "#0072B2", "falling": "#D55E00", "flat": "#7f7f7f"}
_MARKS = {"rising": " ▲", "falling": " ▼", "flat": ""}
_ROW, _LETTERS = 34, 21  # pixels of a row, which hold two lines of so many letters


class _Side(NamedTuple):
    """A tag in one of the two periods."""

    share: float
    low: float
    high: float
    n: int


def before_and_after(
    shown: Sequence[tuple[Change, str]], period: Period, *, colours: Mapping[str, str], language: str
) -> Figure:
    """The figure.

    :param shown: changes whose periods both have papers, and their tags' names; the last one stands on top.
    :param colours: direction to colour, where they are other than usual.
    """
    from plotly import graph_objects as go

    tr = translations(language).gettext
    shades = {**_COLOURS, **colours}
    rows = [f"{wrap(name, _LETTERS)}{_MARKS[change.direction]}" for change, name in shown]
    figure = go.Figure()
    for (change, _), row in zip(shown, rows, strict=True):
        stroke = {"color": shades[change.direction], "width": 3}
        ends = {"x0": change.share_before, "x1": change.share_after, "y0": row, "y1": row}
        figure.add_shape(type="line", line=stroke, layer="below", **ends)
    tints = [shades[change.direction] for change, _ in shown]
    for what, days, now in ((tr("before"), period.before(), False), (tr("now"), period, True)):
        sides = [_side(change, now) for change, _ in shown]
        figure.add_scatter(
            x=[side.share for side in sides],
            y=rows,
            name=f"{what} ({days.start:%y-%m-%d} – {days.end:%y-%m-%d})",
            mode="markers",
            marker={
                "symbol": "circle" if now else "circle-open",
                "size": 10,
                "color": tints,
                "line": {"width": 2, "color": tints},
            },
            error_x=_bars(sides),
            customdata=[[change.value, str(days.start), str(days.end)] for change, _ in shown],
            text=[f"{percent(one.share)} ({percent(one.low)}–{percent(one.high)}), {one.n:,}" for one in sides],
            hovertemplate="%{text}<extra>%{y}</extra>",
        )
    figure.update_xaxes(title=tr("share of papers: ○ before, ● now"), tickformat=".1~%", rangemode="tozero", nticks=6)
    figure.update_yaxes(type="category", automargin=True, ticks="", showgrid=True)
    return laid_out(
        figure,
        height=80 + _ROW * len(rows),
        hovermode="closest",
        showlegend=False,
    )


def _side(change: Change, now: bool) -> _Side:
    share, interval, n = (
        (change.share_after, change.interval_after, change.after)
        if now
        else (change.share_before, change.interval_before, change.before)
    )
    low, high = interval or (0.0, 0.0)
    return _Side(share or 0.0, low, high, n)


def _bars(sides: Sequence[_Side]) -> dict[str, object]:
    """The intervals, as thin bars."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [side.high - side.share for side in sides],
        "arrayminus": [side.share - side.low for side in sides],
        "thickness": 1,
        "width": 3,
        "color": "rgba(127,127,127,0.8)",
    }
