"""What is told to others: trends and export."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, day, deliver, table
from app.settings import settings

if TYPE_CHECKING:
    from sqlite_utils import Database

    from app.reports import Request
    from core.exports.export import Kind
    from core.papers.trends import Change, Counted, Period
    from db.series import By

NOTICED = 20
DEFAULT_FORMATS: dict[Kind, str] = {
    "summary": "summary-markdown",
    "papers": "papers-csv",
    "notebook": "notebook-markdown",
    "evidence": "evidence-csv",
}


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(trends)
    app.command()(export)


Since = Annotated[str | None, typer.Option(help="First day, as 2026-08-01.")]
Until = Annotated[str | None, typer.Option(help="Last day; today by default.")]


def trends(
    since: Since = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help="day, week or month.")] = "month",
    as_json: AsJson = False,
) -> None:
    """What changed in a period against the one before, surely: tags, joined stages, new terms; and noticed papers."""
    from app import trends as telling
    from app.trend_pictures import name_of
    from core.papers.tags import TagKind
    from db.connect import open_catalog
    from db.series import By

    if by not in get_args(By):
        raise Failure(f"--by {by!r} does not exist; there are: {', '.join(get_args(By))}", code=USAGE)
    request = _request(since, until)
    period = _period(request)
    db = open_catalog(settings().catalog)
    if as_json:
        answer(_as_json(db, period, cast("By", by), today=request.today))
        return
    kinds: tuple[Counted, ...] = (*get_args(TagKind), "join")
    for kind in kinds:
        rows = [
            (name_of(kind, change.value, "en"), change.before, change.after, *_told(change), f"{change.q:.3f}")
            for change in telling.changes(db, kind, period)
        ]
        table((kind, "before", "now", "share before", "share now", "change", "q"), rows, title=str(period))
    terms = [
        (term.change.term, term.change.before, term.change.after, f"{term.change.z:.1f}", f"{term.change.q:.3f}")
        for term in telling.new_terms(db, period)
    ]
    table(("new term", "before", "now", "z", "q"), terms, title=str(period))
    noticed = [
        (paper.listed.paper.id, paper.listed.paper.title, paper.votes, paper.stars, paper.list_days)
        for paper in telling.noticed(db, period, limit=NOTICED)
    ]
    table(("noticed", "title", "votes", "stars", "list days"), noticed, title=str(period))


def _as_json(db: Database, period: Period, by: By, *, today: date) -> dict[str, Any]:
    from app import trends as telling
    from core.papers.tags import TagKind
    from core.papers.trends import wilson
    from db import series

    before, now = period.before(), series.compare_totals(db, period)
    found: dict[str, Any] = {
        "since": period.start,
        "until": period.end,
        "before": str(before),
        "unfinished": period.is_unfinished(today),
        "papers": now[0],
        "papers_before": now[1],
    }
    kinds: tuple[TagKind, ...] = get_args(TagKind)
    for kind in kinds:
        counted = series.series(db, kind, by=by, since=period.start, until=period.end, today=today)
        found[kind] = {
            "changes": [_change(change) for change in telling.changes(db, kind, period)],
            "counts": [
                {"start": start, "value": value, "n": n, "of": total, "partial": partial}
                | {"share": n / total, "interval": wilson(n, total)}
                for at, (start, total, partial) in enumerate(
                    zip(counted.periods, counted.totals, counted.partial, strict=True)
                )
                for value, n in ((value, ns[at]) for value, ns in sorted(counted.counts.items()))
                if n
            ],
        }
    found["joins"] = [
        {**_change(join.change), "stages": join.stages, "examples": [one.paper.id for one in join.examples]}
        for join in telling.joined(db, period)
    ]
    found["terms"] = [
        {**asdict(term.change), "examples": [one.paper.id for one in term.examples]}
        for term in telling.new_terms(db, period)
    ]
    found["noticed"] = [
        {"id": one.listed.paper.id, "title": one.listed.paper.title}
        | {"votes": one.votes, "stars": one.stars, "list_days": one.list_days}
        for one in telling.noticed(db, period, limit=NOTICED)
    ]
    return found


def _change(change: Change) -> dict[str, Any]:
    return {
        "value": change.value,
        "before": change.before,
        "now": change.after,
        "share_before": change.share_before,
        "share_now": change.share_after,
        "interval_before": change.interval_before,
        "interval_now": change.interval_after,
        "p": change.p,
        "q": change.q,
        "dispersion": change.dispersion,
        "direction": change.direction,
    }


def _told(change: Change) -> tuple[str, str, str]:
    """Both shares with their intervals, and the direction."""
    from app.drawing import percent

    shares = []
    for share, interval in (
        (change.share_before, change.interval_before),
        (change.share_after, change.interval_after),
    ):
        low, high = interval or (None, None)
        shares.append("–" if share is None else f"{percent(share)} ({percent(low)}–{percent(high)})")
    return shares[0], shares[1], change.direction


def export(
    what: Annotated[str, typer.Argument(help="summary, papers, notebook or evidence.")],
    format: Annotated[str | None, typer.Option(help="A format; an unknown one lists those there are.")] = None,
    query: Annotated[str, typer.Option(help="Papers that fit this search only.")] = "",
    since: Since = None,
    until: Until = None,
    language: Annotated[str, typer.Option(help="en or ko.")] = "en",
    out: Annotated[Path | None, typer.Option(help="A file or folder; standard output by default.")] = None,
) -> None:
    """Write a trend summary, a list of papers, the notebook or the evidence of every claim."""
    from app import reports
    from core.exports.export import Kind, exports
    from core.language import LANGUAGES
    from db.connect import open_catalog

    if what not in get_args(Kind):
        raise Failure(f"cannot export {what!r}; there are: {', '.join(get_args(Kind))}", code=USAGE)
    kind = cast(Kind, what)
    forms = exports(kind)
    chosen = format or DEFAULT_FORMATS[kind]
    if chosen not in forms:
        raise Failure(f"unknown format {chosen!r} for {kind}; there are: {', '.join(forms)}", code=USAGE)
    if language not in LANGUAGES:
        raise Failure(f"unknown language {language!r}; there are: {', '.join(LANGUAGES)}", code=USAGE)
    request = _request(since, until, language=language, query=query)
    _period(request)
    found = settings()
    report = reports.build(open_catalog(found.catalog), found, request, kind=kind)
    content = forms[chosen].render(report, language)
    deliver(content, out, name=forms[chosen].filename(request.period()))


def _request(since: str | None, until: str | None, *, language: str = "en", query: str = "") -> Request:
    from app.reports import Request

    return Request(
        language=language,
        today=datetime.now(UTC).date(),
        since=day(since, "--since"),
        until=day(until, "--until"),
        query=query,
    )


def _period(request: Request) -> Period:
    try:
        return request.period()
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
