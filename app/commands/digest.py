"""`digest` and `feeds`: what came in, to a folder and to feed readers, once or by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say
from app.settings import settings

if TYPE_CHECKING:
    from app.digests.choice import Choice
    from core.digests.span import Span

LAST = "last"

Out = Annotated[str | None, typer.Option(metavar="FOLDER", help="A folder; by default the one that was chosen.")]
Language = Annotated[str | None, typer.Option(help="en or ko; by default the one that was chosen.")]


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(digest)
    app.command()(feeds)


def digest(
    day: Annotated[str, typer.Option(metavar="D", help="A day; 'last' is arXiv's last announcement.")] = LAST,
    week: Annotated[
        str | None, typer.Option(metavar="W", help="A week in place of a day: 2026-W47, a day in it, or 'last'.")
    ] = None,
    out: Out = None,
    language: Language = None,
    every: Annotated[
        str | None,
        typer.Option(help="Choose instead what is written by itself after each sync: day, week or never."),
    ] = None,
    with_feeds: Annotated[
        bool | None, typer.Option("--feeds/--no-feeds", help="With --every: the feeds of what you follow too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what was announced on a day or in a week: Markdown, a page, JSON, and an entry of one Atom feed."""
    from app.digests.choice import choose, read_choice
    from app.digests.files import CannotWrite
    from app.digests.writing import write_digest
    from db.connect import open_catalog

    found = settings()
    span = _span(day, week, now=datetime.now(UTC))
    db = open_catalog(found.catalog)
    choice = _choice(read_choice(db, found), out, language, every, with_feeds)
    if every is not None:
        choose(db, choice)
        _tell_choice(choice, as_json=as_json)
        return
    if with_feeds is not None:
        raise Failure("--feeds is part of the choice; add --every, or use: python -m app feeds", code=USAGE)
    try:
        made, written = write_digest(db, found, span, folder=choice.folder, language=choice.language)
    except CannotWrite as error:
        raise Failure(str(error)) from error
    if as_json:
        import json

        facts = json.loads(written.data.read_text(encoding="utf-8"))
        files = {"page": written.page, "markdown": written.markdown, "data": written.data, "feed": written.feed}
        answer(facts | {"files": files, "changed": [path.name for path in written.changed]})
        return
    from core.digests.words import why_empty

    say(f"{written.page}: {made.announced} announced, {made.listed} listed, {made.fitting} fit what you follow")
    for line in why_empty(made, "en"):
        say(f"  {line}")
    say(f"feed: {written.feed}" if written.changed else "nothing is different since it was written last")


def feeds(out: Out = None, language: Language = None, as_json: AsJson = False) -> None:
    """Write an Atom feed of each search, topic and author that you follow, and feeds.opml to subscribe to them all."""
    from app.digests.choice import read_choice
    from app.digests.feeds import INDEX
    from app.digests.files import CannotWrite
    from app.digests.writing import refresh_feeds
    from db.connect import open_catalog

    found = settings()
    db = open_catalog(found.catalog)
    choice = _choice(read_choice(db, found), out, language, None, None)
    folder = choice.feeds_folder if out is None else choice.folder
    try:
        wrote = refresh_feeds(db, found, folder=folder, language=choice.language)
    except CannotWrite as error:
        raise Failure(str(error)) from error
    if as_json:
        answer(
            {
                "folder": wrote.folder,
                "index": wrote.folder / INDEX,
                "feeds": [
                    {"id": feed.follow.id, "title": feed.title, "query": feed.follow.query, "file": feed.path.name}
                    for feed in wrote.feeds
                ],
                "changed": [path.name for path in wrote.changed],
                "removed": [path.name for path in wrote.removed],
            }
        )
        return
    for feed in wrote.feeds:
        say(f"{feed.path}: {feed.title}")
    say(f"{wrote.folder / INDEX}: {len(wrote.feeds)} feeds, {len(wrote.changed)} files changed")


def _choice(
    before: Choice, out: str | None, language: str | None, every: str | None, with_feeds: bool | None
) -> Choice:
    """What was chosen, with what the options say instead."""
    from app.digests.choice import OFTEN, Choice

    if every is not None and every not in OFTEN:
        raise Failure(f"--every {every!r} does not exist; there are: {', '.join(OFTEN)}", code=USAGE)
    try:
        return Choice(
            often=before.often if every is None else every,
            folder=before.folder if out is None else Path(out).expanduser().absolute(),
            language=language or before.language,
            feeds=before.feeds if with_feeds is None else with_feeds,
        )
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error


def _tell_choice(choice: Choice, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {
            "every": choice.often,
            "folder": choice.folder,
            "language": choice.language,
            "feeds": choice.feeds,
        }
        answer(told)
        return
    what = {"never": "no digest", "day": "a digest every day", "week": "a digest every week"}[choice.often]
    also = f", and the feeds of what you follow into {choice.feeds_folder}" if choice.feeds else ""
    say(f"{what}{'' if choice.often == 'never' else f' into {choice.folder}'}{also}; written while the app is served")


def _span(day: str, week: str | None, *, now: datetime) -> Span:
    """The days that are meant.

    :raises Failure: words that mean none, or days that have not come yet.
    """
    from core.digests.span import Span, last_ready

    if week is not None and day != LAST:
        raise Failure("--day and --week ask for two digests; give one of them", code=USAGE)
    if (week or day) == LAST:
        return last_ready("day" if week is None else "week", now, announced=True)
    words = week or day
    try:
        span = Span.parse(words)
        if week is not None and span.every == "day":
            span = Span.of_week(date.fromisoformat(words))
        elif week is None and span.every == "week":
            raise ValueError
    except ValueError:
        form = (
            "--week {!r} is no week; write it as 2026-W47" if week else "--day {!r} is no day; write it as 2026-11-20"
        )
        raise Failure(form.format(words), code=USAGE) from None
    if span.day > now.date():
        raise Failure(f"{words} has not come yet; today is {now.date()} (UTC)", code=USAGE)
    return span
