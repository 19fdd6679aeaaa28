"""`schedule`: a sync of every day, at a time of one's own choice."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say
from app.settings import settings


def add_to(app: typer.Typer) -> None:
    """Register this room's command."""
    app.command()(schedule)


def schedule(
    on: Annotated[bool | None, typer.Option("--on/--off", help="Sync every day, or no longer.")] = None,
    at: Annotated[str | None, typer.Option(metavar="HH:MM", help="The time of day.")] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone, as Asia/Seoul; by default this machine's.")] = None,
    sources: Annotated[str | None, typer.Option(help="Sources, as arxiv,rss; '' for those of every sync.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose when papers are pulled every day, and see when that is next; it happens while the app is served."""
    from app import schedule as daily
    from app.queue import is_served
    from db.connect import open_catalog

    found = settings()
    db = open_catalog(found.catalog)
    now = datetime.now(UTC)
    try:
        before = daily.read_schedule(db, zone=zone)
        choice = daily.Schedule(
            on=before.on if on is None else on,
            at=before.at if at is None else _time(at),
            zone=zone or before.zone,
            sources=before.sources if sources is None else _names(sources),
        )
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
    if (on, at, zone, sources) != (None, None, None, None):
        daily.choose(db, choice, now=now)
    plan = daily.upcoming(db, now=now) if choice.on else None
    served = is_served(found)
    if as_json:
        answer(_as_dict(choice, plan, served))
        return
    names = ", ".join(source.id for source in choice.asked)
    if plan is None:
        say(f"off; --on syncs every day at {choice.at:%H:%M} ({choice.zone}): {names}")
        return
    say(f"every day at {choice.at:%H:%M} ({choice.zone}): {names}")
    again = f", try {plan.tries + 1}" if plan.tries else ""
    say(f"next sync: {plan.due.astimezone(ZoneInfo(choice.zone)):%Y-%m-%d %H:%M}{again}")
    if plan.ended is not None:
        how = f"failed: {', '.join(plan.missing)}" if plan.missing else "all well"
        say(f"last one: {plan.ended.astimezone(ZoneInfo(choice.zone)):%Y-%m-%d %H:%M}, {how}")
    if not served:
        say("nobody serves this home at the moment; start the app with: python -m app serve")


def _as_dict(choice: Any, plan: Any, served: bool) -> dict[str, Any]:
    return {
        "on": choice.on,
        "at": f"{choice.at:%H:%M}",
        "zone": choice.zone,
        "sources": [source.id for source in choice.asked],
        "next": plan and plan.due.isoformat(),
        "planned": plan and plan.planned.isoformat(),
        "tries": plan and plan.tries,
        "last": None if plan is None or plan.ended is None else plan.ended.isoformat(),
        "missing": [] if plan is None else list(plan.missing),
        "served": served,
    }


def _time(words: str) -> time:
    """Read a time of day.

    :raises Failure: it is none, with the form that is expected.
    """
    try:
        return datetime.strptime(words, "%H:%M").time()
    except ValueError:
        raise Failure(f"--at {words!r} is no time of day; write it as 09:45", code=USAGE) from None


def _names(words: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in words.split(",") if name.strip())
