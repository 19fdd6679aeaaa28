"""Which pictures does a trend make? Shares or counts over time, and the changes against the period before.

Their names can be pinned: `trend:KIND:BY:SINCE:UNTIL` for shares over time, with `:count` for counts, and
`changes:KIND:SINCE:UNTIL`. The title is the finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast, get_args

from sqlite_utils import Database

from app import trends
from app.drawing import percent
from app.trend_changes import before_and_after
from app.trend_lines import FEWEST_DRAWN, Measure, line_of, over_time
from app.words import translations
from core.exports.report import ReportedFigure
from core.language import LANGUAGES, Text
from core.papers.tags import TagKind
from core.papers.taxonomy import entry, stages
from core.papers.trends import Change, Counted, Period
from db import series

SERIES_SHOWN = 6
CHANGES_SHOWN = 14
_DAYS = r"(?P<since>[\d-]+):(?P<until>[\d-]+)"
_NAME = re.compile(rf"(?:trend:(?P<kind>\w+):(?P<by>\w+)|changes:(?P<of>\w+)):{_DAYS}(?::(?P<measure>count))?")


def of_trend(
    db: Database,
    kind: TagKind,
    *,
    by: series.By,
    since: date,
    until: date,
    language: str,
    measure: Measure = "share",
    only: Sequence[str] | None = None,
    colours: Mapping[str, str] | None = None,
) -> ReportedFigure | None:
    """Papers a period for the tags of a kind that changed, then the most frequent; None where there is no paper.

    Shares of periods of fewer than `FEWEST_DRAWN` papers are left out; where all are so small, counts are drawn.

    :param only: the tags to look at; all of the kind where None.
    :param colours: tag to colour; else the stage's own, or some that any eye tells apart.
    """
    found = series.series(db, kind, by=by, since=since, until=until)
    totals = {value: sum(n) for value, n in found.counts.items() if (only is None or value in only) and any(n)}
    if not totals:
        return None
    period = Period(since, until)
    now, before = series.compare_totals(db, period)
    # Against next to no papers anything rises.
    compared = [] if trends.is_young(before, now) else trends.changes(db, kind, period)
    changes = [change for change in compared if change.value in totals]
    called = [change.value for change in _strongest(changes)]
    shown = list(dict.fromkeys([*called, *sorted(totals, key=lambda value: (-totals[value], value))]))[:SERIES_SHOWN]
    # A catalog of a few landmarks has no period of which shares could be drawn.
    shown_as: Measure = measure if max(found.totals) >= FEWEST_DRAWN else "count"
    shades = colours or ({key: stage.light for key, stage in stages().items()} if kind == "stage" else {})
    lines = [
        line_of(value, name_of(kind, value, language), found, measure=shown_as, place=place, colour=shades.get(value))
        for place, value in enumerate(shown)
    ]
    drawn = over_time(found, lines, by=by, measure=shown_as, since=since, until=until, language=language)
    title = Text(*(_finding(kind, changes, tongue, most=(shown, totals)) for tongue in LANGUAGES))
    suffix = ":count" if measure == "count" else ""
    return ReportedFigure(
        name=f"trend:{kind}:{by}:{since}:{until}{suffix}",
        title=title,
        plotly=drawn.to_plotly_json(),
    )


def of_changes(
    changes: Sequence[Change], period: Period, *, language: str, colours: Mapping[str, str] | None = None
) -> ReportedFigure | None:
    """The shares of tags of one kind in both periods, risen ones above; None where there is no paper to compare.

    :param colours: direction to colour, for a theme.
    """
    both = [change for change in changes if change.share_before is not None and change.share_after is not None]
    if not both:
        return None
    kind = both[0].kind
    called = _strongest(both)
    others = [change for change in both if change.direction == "flat"]
    shown = [*called, *others][:CHANGES_SHOWN]
    shown.sort(key=_difference)
    named = [(change, name_of(kind, change.value, language)) for change in shown]
    drawn = before_and_after(named, period, colours=colours or {}, language=language)
    title = Text(*(_finding(kind, both, tongue) for tongue in LANGUAGES))
    return ReportedFigure(
        name=f"changes:{kind}:{period.start}:{period.end}",
        title=title,
        plotly=drawn.to_plotly_json(),
    )


def by_name(db: Database, name: str, *, language: str) -> ReportedFigure | None:
    """The chart of this name; None where it is none, or where there is nothing to draw any more."""
    found = _NAME.fullmatch(name)
    if found is None or (found["kind"] or found["of"]) not in get_args(TagKind) and found["of"] != "join":
        return None
    try:
        period = Period(date.fromisoformat(found["since"]), date.fromisoformat(found["until"]))
    except ValueError:
        return None
    if found["by"] is None:
        kind = cast(Counted, found["of"])
        return of_changes(trends.changes(db, kind, period), period, language=language)
    if found["by"] not in get_args(series.By):
        return None
    by, measure = cast(series.By, found["by"]), cast(Measure, found["measure"] or "share")
    tag_kind = cast(TagKind, found["kind"])
    return of_trend(db, tag_kind, by=by, since=period.start, until=period.end, language=language, measure=measure)


def name_of(kind: str, value: str, language: str) -> str:
    """A tag's name; of two joined stages both."""
    if kind == "join":
        return " + ".join(entry("stage", stage).name.to(language) for stage in value.split("+"))
    return entry(cast(TagKind, kind), value).name.to(language)


# --- the finding ------------------------------------------------------------------------------------------------------


def _difference(change: Change) -> float:
    return (change.share_after or 0.0) - (change.share_before or 0.0)


def _strongest(changes: Sequence[Change]) -> list[Change]:
    """Those that rose or fell, the largest difference of shares first."""
    called = [change for change in changes if change.direction != "flat"]
    return sorted(called, key=lambda change: (-abs(_difference(change)), change.value))


def _finding(
    kind: str, changes: Sequence[Change], language: str, *, most: tuple[list[str], Mapping[str, int]] | None = None
) -> str:
    """One sentence: the strongest change, and how many more there are; where nothing can be compared, what is most."""
    tr = translations(language).gettext
    if not changes and most is not None:
        leader = max(most[0], key=lambda value: most[1][value])
        return tr("Most papers: {name} ({n})").format(name=name_of(kind, leader, language), n=f"{most[1][leader]:,}")
    called = _strongest(changes)
    if not called:
        return tr("No share changed by more than chance")
    first, *others = called
    says = {
        "rising": tr("{name} rises: {before} → {after} of papers"),
        "falling": tr("{name} falls: {before} → {after} of papers"),
    }[first.direction]
    said = says.format(
        name=name_of(kind, first.value, language), before=percent(first.share_before), after=percent(first.share_after)
    )
    return said + (tr("; {n} more changed").format(n=len(others)) if others else "")
