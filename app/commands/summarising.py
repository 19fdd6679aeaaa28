"""`summarize`: two sentences on each paper, written by a language model that the settings name."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated, Any

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say
from app.settings import settings
from core.language import LANGUAGES


def add_to(app: typer.Typer) -> None:
    """Register this room's command."""
    app.command()(summarize)


def summarize(
    query: Annotated[str, typer.Option(help="Papers that fit this search only.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many papers at most, the newest first.")] = 20,
    language: Annotated[str | None, typer.Option(help="en or ko; by default that of the app.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also papers that this model has told of already.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a language model write two sentences on each of the newest papers, and propose where to file it."""
    from app import summarising
    from db import summaries
    from db.connect import open_catalog
    from db.records import Filters

    found = settings()
    chosen = language or found.language or LANGUAGES[0]
    if chosen not in LANGUAGES:
        raise Failure(f"unknown language {chosen!r}; there are: {', '.join(LANGUAGES)}", code=USAGE)
    try:
        chat = summarising.open_chat(found)
    except summarising.NotConfigured as error:
        raise Failure(str(error), code=USAGE) from error
    db = open_catalog(found.catalog)
    filters = Filters(text=query or None)
    ids, hints = summaries.waiting(db, filters, language=chosen, model=chat.model, limit=limit, again=again)
    for hint in hints:
        sys.stderr.write(f"trendlab: {hint}\n")
    steps: list[Any] = []
    stopped = None
    try:
        for step in summarising.tell_all(db, chat, ids, chosen, again=again):
            steps.append(step)
            if not as_json:
                say(f"{step.paper.id}  {step.outcome}: {step.words}")
    except summarising.Stopped as error:
        stopped = str(error)
    counts = Counter(step.outcome for step in steps)
    told, failed = counts.pop("told", 0), counts.total()
    if as_json:
        papers = [{"id": step.paper.id, "outcome": step.outcome, "words": step.words} for step in steps]
        answer({"language": chosen, "model": chat.model, "told": told, "failed": failed, "papers": papers})
    elif ids:
        say(f"{told} of {len(ids)} papers told in {chosen} by {chat.model}, {failed} failed")
    else:
        say("no paper waits: all that fit were told of already, or have no abstract")
    if stopped:
        raise Failure(stopped)
    if failed:
        how = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        raise Failure(f"{failed} of {len(ids)} papers failed ({how}); run it again to try them again")
