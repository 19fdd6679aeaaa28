"""Which picture does a run make? Plotly figures from plain records, for pages, pins and exports alike.

A chart has a name that can be pinned: `run:ID#NAME` for a chart of a run; those of trends are in app/trend_pictures.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from app import trend_pictures
from app.drawing import ARM_COLOURS, CLEAR, laid_out
from app.running.journal import events as read_events
from core.events import Event, Figure, Point
from core.experiment import Experiment
from core.exports.report import ReportedFigure
from core.language import LANGUAGES, Text, Told, in_language, said_in
from core.registry import discover
from db import runs

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure


class NoPicture(Told, LookupError):
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
        plotly = in_language(drawn.plotly, language)
        plotly = {"data": plotly.get("data", []), "layout": plotly.get("layout", {}) | CLEAR}
        found.append(ReportedFigure(name=f"run:{run_id}#{name}", title=_text(drawn.title), plotly=plotly))
    return found


def of_two_runs(
    experiment: Experiment | None, runs_said: Sequence[tuple[str, Sequence[Event]]], *, language: str
) -> list[ReportedFigure]:
    """The lines of two runs in one chart: means over replicates, the second run dashed.

    :param runs_said: name and events of each.
    """
    from plotly import graph_objects as go

    labels = {arm: name.to(language) for arm, name in experiment.labels.items()} if experiment else {}
    points = [[event for event in events if isinstance(event, Point)] for _name, events in runs_said]
    found = []
    for chart in dict.fromkeys(point.chart for mine in points for point in mine):
        figure = go.Figure()
        here = [[point for point in mine if point.chart == chart] for mine in points]
        arms = dict.fromkeys(point.arm for mine in here for point in mine)
        colours = arm_colours([*labels, *(arm for arm in arms if arm not in labels)])
        for (name, _events), mine, dash in zip(runs_said, here, ("solid", "dash"), strict=True):
            for arm in arms:
                mean = _mean_line([point for point in mine if point.arm == arm])
                if mean:
                    figure.add_scatter(
                        x=[x for x, _y in mean],
                        y=[y for _x, y in mean],
                        name=f"{labels.get(arm, arm)} · {name}",
                        mode="lines+markers" if len(mean) < 30 else "lines",
                        line={"color": colours[arm], "width": 2, "dash": dash},
                    )
        first = next(point for mine in here for point in mine)
        figure.update_xaxes(title=said_in(first.x_label, language))
        figure.update_yaxes(title=said_in(first.y_label, language))
        title = Text(*(_axes(first, tongue) for tongue in LANGUAGES))
        plotly = laid_out(figure, height=360).to_plotly_json()
        found.append(ReportedFigure(name=f"two#{chart}", title=title, plotly=plotly))
    return found


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
            raise NoPicture(error.said.en, error.said.ko) from error
        experiment = discover("core.experiments", "EXPERIMENT").get(run.experiment)
        events = [event for event, _head in read_events(runs_folder / run_id)]
        for picture in of_run(experiment, run_id, events, language=language):
            if picture.name == name:
                return picture
    elif (trend := trend_pictures.by_name(db, name, language=language)) is not None:
        return trend
    raise NoPicture(f"there is no chart {name!r} any more", f"차트 {name!r}은(는) 더 이상 없습니다")


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
        for replicate in sorted({point.replicate for point in mine}):
            line = sorted((point.x, point.y) for point in mine if point.replicate == replicate)
            figure.add_scatter(
                x=[x for x, _y in line],
                y=[y for _x, y in line],
                mode="lines",
                line={"color": colours[arm], "width": 1},
                opacity=0.35,
                showlegend=False,
                hoverinfo="skip",
            )
        mean = _mean_line(mine)
        figure.add_scatter(
            x=[x for x, _y in mean],
            y=[y for _x, y in mean],
            name=labels.get(arm, arm),
            mode="lines+markers" if len(mean) < 30 else "lines",
            line={"color": colours[arm], "width": 2.5},
        )
    figure.update_xaxes(title=said_in(points[0].x_label, language))
    figure.update_yaxes(title=said_in(points[0].y_label, language))
    return laid_out(figure, height=360)


def _mean_line(points: Sequence[Point]) -> list[tuple[float, float]]:
    """The mean over replicates at every x that one has reached."""
    by_x: dict[float, list[float]] = {}
    for point in sorted(points, key=lambda point: (point.replicate, point.x, point.y)):
        by_x.setdefault(point.x, []).append(point.y)
    return sorted((x, sum(ys) / len(ys)) for x, ys in by_x.items())


def _axes(point: Point, language: str) -> str:
    return " / ".join(filter(None, (said_in(point.y_label, language), said_in(point.x_label, language))))


def _text(words: Mapping[str, str]) -> Text:
    return Text(words.get("en", ""), words.get("ko"))
