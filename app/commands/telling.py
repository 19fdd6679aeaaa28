"""What is told to others: trends and export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, day, say, table
from app.reports import Request
from app.settings import settings
from core.exports.export import Kind, exports
from core.papers.trends import Period
from db.trends import By

DEFAULT_FORMATS: dict[Kind, str] = {
    "summary": "summary-markdown",
    "papers": "papers-csv",
    "notebook": "notebook-markdown",
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
    """Papers by stage and topic in a period, against the period before."""
    from app import reports
    from core.papers.tags import TagKind
    from db import trends as counted
    from db.connect import open_catalog

    if by not in get_args(By):
        raise Failure(f"--by {by!r} does not exist; there are: {', '.join(get_args(By))}", code=USAGE)
    period = _period(_request(since, until))
    db = open_catalog(settings().catalog)
    found: dict[str, Any] = {
        "since": period.start,
        "until": period.end,
        "before": str(period.before()),
    }
    kinds: tuple[TagKind, ...] = get_args(TagKind)
    for kind in kinds:
        found[kind] = {
            "changes": [
                {
                    "value": change.value,
                    "before": change.before,
                    "now": change.after,
                    "q": change.q,
                    "direction": change.direction,
                }
                for change in reports.changes(db, kind, period)
            ],
            "counts": [
                {"start": count.start, "value": count.value, "n": count.n}
                for count in counted.counts(db, kind, by=cast(By, by), since=period.start, until=period.end)
            ],
        }
    if as_json:
        answer(found)
        return
    for kind in kinds:
        rows = [
            (row["value"], row["before"], row["now"], f"{row['q']:.3f}", row["direction"])
            for row in found[kind]["changes"]
        ]
        table((kind, "before", "now", "q", "change"), rows, title=str(period))


def export(
    what: Annotated[str, typer.Argument(help="summary, papers or notebook.")],
    format: Annotated[str | None, typer.Option(help="A format; an unknown one lists those there are.")] = None,
    query: Annotated[str, typer.Option(help="Papers that fit this search only.")] = "",
    since: Since = None,
    until: Until = None,
    language: Annotated[str, typer.Option(help="en or ko.")] = "en",
    out: Annotated[Path | None, typer.Option(help="A file or folder; standard output by default.")] = None,
) -> None:
    """Write a trend summary, a list of papers or the notebook."""
    import sys

    from app import reports
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
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = out / forms[chosen].filename(request.period()) if out.is_dir() else out
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.replace(target)
    say(str(target))


def _request(since: str | None, until: str | None, *, language: str = "en", query: str = "") -> Request:
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
