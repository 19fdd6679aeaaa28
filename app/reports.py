"""What is there to tell of a period? Papers, changes, runs and notes, gathered into one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args

from sqlite_utils import Database

from app import evidence, pictures, trend_pictures
from app.running.execution import Places, folder_of
from app.running.journal import events
from app.told import listed_paper, reported_run
from app.trends import changes, joined, new_terms, noticed
from core.exports.report import ListedPaper, NoticedPaper, Report, ReportedFigure, ReportedNote, ReportedRun
from core.papers.tags import TagKind
from core.papers.trends import Period
from core.registry import discover
from db import notes, papers, runs, series
from db.notes import Note
from db.records import Filters

DAYS = 30
NOTABLE = 20
PAPERS_MOST = 20_000
RUNS_MOST = 200
DAYS_IN_WEEKS = 100  # a longer period is drawn by months

Days = tuple[date | None, date | None]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be told.

    :param today: the day on which it is asked for.
    :param since, until: the period, both included; the last thirty days where left out.
    :param query: papers that fit this search only; all where empty.
    :param name: what a list of papers is called; the query itself where empty.
    """

    language: str
    today: date
    since: date | None = None
    until: date | None = None
    query: str = ""
    name: str = ""

    def period(self) -> Period:
        """The period asked for.

        :raises ValueError: it begins after its end.
        """
        until = self.until or self.today
        return Period(self.since or until - timedelta(days=DAYS - 1), until)


def build(db: Database, places: Places, request: Request, *, kind: str = "summary") -> Report:
    """Gather a report.

    :param kind: of the export: a notebook or a list of papers is told in whole, where no period is asked for.
    :raises ValueError: the period begins after its end.
    """
    period = request.period()
    gather = _Gatherer(db, places, request.language)
    whole = kind != "summary" and request.since is None and request.until is None
    days: Days = (None, None) if whole else (period.start, period.end)
    bare = Report(period=period, before=period.before(), generated_for=request.today)
    if kind == "papers":
        return replace(
            bare, papers=gather.papers(request.query, days), name=request.name or request.query, query=request.query
        )
    if kind == "notebook":
        return replace(bare, notes=gather.notes(days))
    if kind == "evidence":
        return replace(bare, evidence=evidence.gather(db))
    known = noticed(db, period, limit=NOTABLE)
    papers_after, papers_before = series.compare_totals(db, period)
    kinds: tuple[TagKind, ...] = get_args(TagKind)
    return replace(
        bare,
        papers_before=papers_before,
        papers_after=papers_after,
        changes=tuple(change for tag_kind in kinds for change in changes(db, tag_kind, period)),
        terms=new_terms(db, period),
        noticed=known,
        joins=joined(db, period),
        papers=gather.notable(days, known),
        evidence=tuple(item for item in evidence.gather(db) if item.results),
        runs=gather.runs(period),
        figures=gather.figures(period),
        notes=gather.notes(days),
    )


class _Gatherer:
    """Reads what a report needs from the catalog and the runs' folders."""

    def __init__(self, db: Database, places: Places, language: str) -> None:
        self._db, self._places, self._language = db, places, language

    def papers(self, query: str, days: Days) -> tuple[ListedPaper, ...]:
        filters = Filters(text=query or None, since=days[0], until=days[1])
        return tuple(map(listed_paper, papers.browse(self._db, filters=filters, limit=PAPERS_MOST)))

    def notable(self, days: Days, known: Sequence[NoticedPaper]) -> tuple[ListedPaper, ...]:
        """The saved ones first, then those that most people noticed."""
        filters = Filters(since=days[0], until=days[1], state="saved")
        saved = list(map(listed_paper, papers.browse(self._db, filters=filters, limit=NOTABLE)))
        ids = {item.paper.id for item in saved}
        return tuple([*saved, *(item.listed for item in known if item.listed.paper.id not in ids)][:NOTABLE])

    def runs(self, period: Period) -> tuple[ReportedRun, ...]:
        first = datetime.combine(period.start, time.min, UTC)
        after = datetime.combine(period.end + timedelta(days=1), time.min, UTC)
        found = runs.find(self._db, states=("finished",), since=first, until=after, limit=RUNS_MOST)
        return tuple(reported_run(self._db, run) for run in found)

    def figures(self, period: Period) -> tuple[ReportedFigure, ...]:
        """The trends of stages and topics, and the charts of the period's runs."""
        by: series.By = "month" if period.days > DAYS_IN_WEEKS else "week"
        kinds: tuple[TagKind, ...] = ("stage", "topic")
        first, last = period.start, period.end
        found = [
            trend_pictures.of_trend(self._db, kind, by=by, since=first, until=last, language=self._language)
            for kind in kinds
        ]
        for run in self.runs(period):
            found += self._pictures(run.id, run.experiment)
        return tuple(picture for picture in found if picture is not None)

    def notes(self, days: Days) -> tuple[ReportedNote, ...]:
        return tuple(map(self._note, notes.list_notes(self._db, since=days[0], until=days[1])))

    def _pictures(self, run_id: str, experiment_id: str) -> list[ReportedFigure]:
        experiment = discover("core.experiments", "EXPERIMENT").get(experiment_id)
        said = [event for event, _head in events(folder_of(self._places, run_id))]
        return pictures.of_run(experiment, run_id, said, language=self._language)

    def _note(self, note: Note) -> ReportedNote:
        found_runs, figures, missing = [], [], []
        for pin in note.pins:
            try:
                if pin.kind == "run":
                    found_runs.append(reported_run(self._db, runs.get(self._db, pin.target)))
                elif pin.kind == "chart":
                    figures.append(
                        pictures.by_name(self._db, pin.target, runs_folder=self._places.runs, language=self._language)
                    )
            except (runs.UnknownRun, pictures.NoPicture):
                missing.append(pin.target)
        listed = papers.get_many(self._db, note.pinned("paper"))
        known = {item.paper.id for item in listed}
        return ReportedNote(
            id=str(note.id),
            created=note.created,
            title=note.title,
            text=note.body,
            papers=tuple(map(listed_paper, listed)),
            runs=tuple(found_runs),
            figures=tuple(figures),
            missing=(*missing, *(target for target in note.pinned("paper") if target not in known)),
        )
