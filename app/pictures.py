"""Which picture does a run or a trend make? Plotly figures from plain records, for pages, pins and exports alike.

A chart has a name that can be pinned: `run:ID#NAME` for a chart of a run, `trend:KIND:BY:SINCE:UNTIL` for counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from sqlite_utils import Database

from app.running.journal import events as read_events
from app.words import translations
from core.events import Event, Figure, Point
from core.experiment import Experiment
from core.exports.report import ReportedFigure
from core.language import LANGUAGES, Text
from core.papers.tags import TagKind
from core.papers.taxonomy import entry
from core.registry import discover
from db import runs, trends

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

# Okabe and Ito's colours, told apart with any colour vision; the yellow is left out, too pale on white.
ARM_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("solid", "dash", "dot", "dashdot")
SERIES_SHOWN = 6


class NoPicture(LookupError):
    """A pin that leads to no chart (any more). One line."""


def of_run(
    experiment: Experiment | None, run_id: str, events: Sequence[Event], *, language: str
) -> list[ReportedFigure]:
    """The charts of a run, from its events so far: lines of points first, then the figures that it drew."""
    labels = {arm: name.to(language) for arm, name in experiment.labels.items()} if experiment else {}
    points = [event for event in events if isinstance(event, Point)]
    found = []
    names = list(dict.fromkeys(point.chart for point in points))
    for number, chart in enumerate(names, start=1):
        mine = [point for point in points if point.chart == chart]
        place = f" ({number}/{len(names)})" if len(names) > 1 else ""
        title = Text(*(_axes(mine[0], tongue) + place for tongue in LANGUAGES))
        figure = _lines(mine, labels, language)
        found.append(ReportedFigure(name=f"run:{run_id}#{chart}", title=title, plotly=figure.to_plotly_json()))
    for name, drawn in {event.name: event for event in events if isinstance(event, Figure)}.items():
        layout = dict(drawn.plotly.get("layout", {})) | _CLEAR
        plotly = {"data": drawn.plotly.get("data", []), "layout": layout}
        found.append(ReportedFigure(name=f"run:{run_id}#{name}", title=_text(drawn.title), plotly=plotly))
    return found


def of_trend(
    db: Database,
    kind: TagKind,
    *,
    by: trends.By,
    since: date,
    until: date,
    language: str,
    only: Sequence[str] | None = None,
    colours: Mapping[str, str] | None = None,
) -> ReportedFigure | None:
    """Papers a period for the most frequent tags of a kind; None where there is no paper.

    :param only: the tags to look at; all of the kind where None.
    :param colours: tag to colour; else the stage's own.
    """
    found = trends.series(db, kind, by=by, since=since, until=until)
    totals = {value: sum(n) for value, n in found.counts.items() if (only is None or value in only) and any(n)}
    if not totals:
        return None
    shown = sorted(totals, key=lambda value: (-totals[value], value))[:SERIES_SHOWN]
    names = {value: entry(kind, value).name.to(language) for value in shown}
    title = Text(*(_leader(kind, shown[0], totals[shown[0]], tongue) for tongue in LANGUAGES))
    figure = _counts(found, names, by=by, colours=colours, language=language)
    name = f"trend:{kind}:{by}:{since}:{until}"
    return ReportedFigure(name=name, title=title, plotly=figure.to_plotly_json())


def by_name(db: Database, name: str, *, runs_folder: Path, language: str) -> ReportedFigure:
    """The chart that a pin names.

    :raises NoPicture: the run or the chart is gone, or the pin is not one.
    """
    kind, _, rest = name.partition(":")
    if kind == "run" and "#" in rest:
        run_id = rest.partition("#")[0]
        try:
            run = runs.get(db, run_id)
        except runs.UnknownRun as error:
            raise NoPicture(str(error)) from error
        experiment = discover("core.experiments", "EXPERIMENT").get(run.experiment)
        events = [event for event, _head in read_events(runs_folder / run_id)]
        for picture in of_run(experiment, run_id, events, language=language):
            if picture.name == name:
                return picture
    elif kind == "trend" and (trend := _trend_by_name(db, rest, language)) is not None:
        return trend
    raise NoPicture(f"there is no chart {name!r} any more")


def _trend_by_name(db: Database, rest: str, language: str) -> ReportedFigure | None:
    parts = rest.split(":")
    if len(parts) != 4 or parts[0] not in get_args(TagKind) or parts[1] not in get_args(trends.By):
        return None
    try:
        since, until = date.fromisoformat(parts[2]), date.fromisoformat(parts[3])
    except ValueError:
        return None
    return of_trend(
        db, cast(TagKind, parts[0]), by=cast(trends.By, parts[1]), since=since, until=until, language=language
    )


_CLEAR = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}


def arm_colours(arms: Sequence[str]) -> dict[str, str]:
    """Arm to colour, in the order of the experiment's own list."""
    return {arm: ARM_COLOURS[index % len(ARM_COLOURS)] for index, arm in enumerate(arms)}


def _lines(points: Sequence[Point], labels: Mapping[str, str], language: str) -> PlotlyFigure:
    """A thin line for each replicate of each arm, and their mean, at every x that one has reached, thick."""
    from plotly import graph_objects as go

    figure = go.Figure()
    colours = arm_colours([*labels, *(point.arm for point in points if point.arm not in labels)])
    for arm in dict.fromkeys(point.arm for point in points):
        mine = [point for point in points if point.arm == arm]
        by_x: dict[float, list[float]] = {}
        for replicate in sorted({point.replicate for point in mine}):
            line = sorted((point.x, point.y) for point in mine if point.replicate == replicate)
            for x, y in line:
                by_x.setdefault(x, []).append(y)
            figure.add_scatter(
                x=[x for x, _y in line],
                y=[y for _x, y in line],
                mode="lines",
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
    figure.update_xaxes(title=_in(points[0].x_label, language))
    figure.update_yaxes(title=_in(points[0].y_label, language))
    return _laid_out(figure, height=360)


def _counts(
    series: trends.Series, names: Mapping[str, str], *, by: trends.By, colours: Mapping[str, str] | None, language: str
) -> PlotlyFigure:
    from plotly import graph_objects as go

    tr = translations(language).gettext
    labels = [f"{start:%Y-%m}" if by == "month" else f"{start:%m-%d}" for start in series.periods]
    shades = dict(colours or arm_colours(list(names)))
    figure = go.Figure()
    for index, (value, name) in enumerate(names.items()):
        dash = DASHES[0] if colours else DASHES[index // len(ARM_COLOURS) % len(DASHES)]
        figure.add_scatter(
            x=labels,
            y=list(series.counts[value]),
            name=name,
            mode="lines+markers",
            line={"color": shades.get(value), "width": 2, "dash": dash},
        )
    if series.unfinished and len(labels) > 1:
        figure.add_vrect(
            x0=len(labels) - 1.5,
            x1=len(labels) - 0.5,
            fillcolor="gray",
            opacity=0.14,
            line_width=0,
            annotation_text=tr("not over yet"),
            annotation_position="top right",
        )
    figure.update_xaxes(type="category")
    highest = max(max(series.counts[value]) for value in names)
    figure.update_yaxes(title=tr("papers"), rangemode="tozero", dtick=1 if highest < 6 else None)
    return _laid_out(figure, height=340)


def _laid_out(figure: PlotlyFigure, *, height: int) -> PlotlyFigure:
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 16, "b": 10},
        legend={"orientation": "h", "y": -0.25, "x": 0},
        hovermode="x unified",
        template="none",
        **_CLEAR,
    )
    return figure


def _leader(kind: TagKind, value: str, n: int, language: str) -> str:
    tr = translations(language).gettext
    return tr("Most papers: {name} ({n})").format(name=entry(kind, value).name.to(language), n=f"{n:,}")


def _axes(point: Point, language: str) -> str:
    return " / ".join(filter(None, (_in(point.y_label, language), _in(point.x_label, language))))


def _text(words: Mapping[str, str]) -> Text:
    return Text(words.get("en", ""), words.get("ko"))


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get("en", "")
