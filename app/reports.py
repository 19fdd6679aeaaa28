"""What is there to tell of a period? Papers, changes, runs and notes, gathered into one report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args

from sqlite_utils import Database

from app import pictures
from app.running.execution import Places, folder_of
from app.running.journal import events
from core.exports.report import Finding, ListedPaper, Report, ReportedFigure, ReportedNote, ReportedRun
from core.language import Text
from core.papers.tags import TagKind
from core.papers.trends import Change, Period, compare
from core.registry import discover
from db import notes, papers, runs, trends
from db.notes import Note
from db.records import Filters, Stored
from db.runs import Run

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


def changes(db: Database, kind: TagKind, period: Period) -> list[Change]:
    """The tags of a kind in a period against the one before it, with their test; the most frequent first."""
    found = trends.compare(db, kind, period)
    now, before = trends.compare_totals(db, period)
    tested = compare(
        {(kind, item.value): item.before for item in found},
        {(kind, item.value): item.now for item in found},
        papers_before=before,
        papers_after=now,
    )
    return sorted(tested, key=lambda change: (-change.after, -change.before, change.value))


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
    papers_after, papers_before = trends.compare_totals(db, period)
    kinds: tuple[TagKind, ...] = get_args(TagKind)
    return replace(
        bare,
        papers_before=papers_before,
        papers_after=papers_after,
        changes=tuple(change for tag_kind in kinds for change in changes(db, tag_kind, period)),
        papers=gather.notable(days),
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
        return tuple(map(_listed, papers.browse(self._db, filters=filters, limit=PAPERS_MOST)))

    def notable(self, days: Days) -> tuple[ListedPaper, ...]:
        """The saved ones first, then those with most votes and stars."""
        found = papers.browse(self._db, filters=Filters(since=days[0], until=days[1]), limit=PAPERS_MOST)
        noticed = [item for item in found if item.state == "saved" or item.paper.upvotes or item.paper.stars]
        noticed.sort(key=lambda item: (item.state != "saved", -(item.paper.upvotes or 0), -(item.paper.stars or 0)))
        return tuple(map(_listed, noticed[:NOTABLE]))

    def runs(self, period: Period) -> tuple[ReportedRun, ...]:
        first = datetime.combine(period.start, time.min, UTC)
        after = datetime.combine(period.end + timedelta(days=1), time.min, UTC)
        found = runs.find(self._db, states=("finished",), since=first, until=after, limit=RUNS_MOST)
        return tuple(map(self._run, found))

    def figures(self, period: Period) -> tuple[ReportedFigure, ...]:
        """The trends of stages and topics, and the charts of the period's runs."""
        by: trends.By = "month" if period.days > DAYS_IN_WEEKS else "week"
        kinds: tuple[TagKind, ...] = ("stage", "topic")
        first, last = period.start, period.end
        found = [
            pictures.of_trend(self._db, kind, by=by, since=first, until=last, language=self._language) for kind in kinds
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

    def _run(self, run: Run) -> ReportedRun:
        experiment = discover("core.experiments", "EXPERIMENT").get(run.experiment)
        claims = {claim.id: claim for claim in experiment.claims} if experiment else {}
        return ReportedRun(
            id=run.id,
            experiment=run.experiment,
            title=experiment.title if experiment else Text(run.experiment),
            stage=run.stage,
            preset=run.preset or "",
            params=run.params,
            seed=run.seed,
            finished=run.finished,
            findings=tuple(
                Finding(
                    sentence=claims[verdict.claim].sentence,
                    paper=claims[verdict.claim].paper,
                    reported=claims[verdict.claim].reported.number,
                    checked=claims[verdict.claim].reported.checked,
                    unit=claims[verdict.claim].unit,
                    verdict=verdict,
                )
                for verdict in runs.verdicts(self._db, run.id)
                if verdict.claim in claims
            ),
        )

    def _note(self, note: Note) -> ReportedNote:
        found_runs, figures, missing = [], [], []
        for pin in note.pins:
            try:
                if pin.kind == "run":
                    found_runs.append(self._run(runs.get(self._db, pin.target)))
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
            papers=tuple(map(_listed, listed)),
            runs=tuple(found_runs),
            figures=tuple(figures),
            missing=(*missing, *(target for target in note.pinned("paper") if target not in known)),
        )


def _listed(stored: Stored) -> ListedPaper:
    return ListedPaper(
        paper=stored.paper,
        stages=stored.values("stage"),
        topics=stored.values("topic"),
        applications=stored.values("application"),
    )
