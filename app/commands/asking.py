"""`ask`: what the catalog says to a question, in sentences of its papers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say
from app.settings import settings

FAULTS = {
    "uncited": "without a citation",
    "unknown": "citing a passage that was not handed over",
    "number": "with a number that its passages do not have",
    "unrelated": "sharing hardly a word with its passages",
}


def add_to(app: typer.Typer) -> None:
    """Register this room's command."""
    app.command()(ask)


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    limit: Annotated[int, typer.Option(min=1, max=20, help="How many quotes at most.")] = 5,
    stage: Annotated[str | None, typer.Option(help="Only papers filed under this stage.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with sentences of the catalog's papers, or say that none answers it."""
    from app import summarising
    from app.asking.catalog import ask as look
    from app.asking.model import tell
    from db.connect import open_catalog

    if not question.strip():
        raise Failure("the question is empty; write one as: ask 'What does LoRA train?'", code=USAGE)
    try:
        found = look(open_catalog(settings().catalog), question, stage=stage, limit=limit)
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
    if found.cut:
        raise Failure("the catalog took too long to search; ask with fewer or rarer words")
    told = None
    if found.found and summarising.is_configured(settings()):
        told = tell(summarising.open_chat(settings()), found)
    if as_json:
        answer(_document(found, told))
        return
    _print_told(told)
    if not found.found:
        say(f"not found: no paper of the catalog answers this{_lacking(found)}")
        if found.quotes:
            say("nearest, not an answer:")
    for quote in found.quotes:
        paper = quote.stored.paper
        say(f"[{quote.number}] “{' '.join(quote.text.split())}”")
        where = "from its summary in the catalog, " if quote.place == "summary" else ""
        say(f"    {where}{' '.join(paper.title.split())} ({_day(paper)}) https://arxiv.org/abs/{paper.id}")
    say(f"{found.papers:,} papers looked through, {found.read:,} of them read, in {found.seconds:.1f} s")


def _lacking(found: Any) -> str:
    return f"; nothing near it speaks of: {', '.join(found.missing)}" if found.missing else ""


def _day(paper: Any) -> str:
    return f"{paper.submitted:%Y-%m-%d}" if paper.submitted else "day unknown"


def _print_told(told: Any) -> None:
    if told is None:
        return
    if told.sentences:
        say(f"{told.model} says, from the passages below; no person has checked it:")
        for sentence in told.sentences:
            say(f"  {sentence.text} {''.join(f'[{number}]' for number in sentence.cites)}")
    elif told.failure:
        say(f"{told.model} gave no answer: {told.failure}")
    else:
        say(f"{told.model} gave no answer that its passages bear out; the passages speak for themselves:")
    if told.dropped:
        how = ", ".join(f"{n} {FAULTS[fault]}" for fault, n in told.dropped.items())
        say(f"  left out of its answer: {how}")


def _document(found: Any, told: Any) -> dict[str, Any]:
    model = None
    if told is not None:
        model = {
            "model": told.model,
            "sentences": [{"text": one.text, "cites": list(one.cites)} for one in told.sentences],
            "left_out": dict(told.dropped),
            "failure": told.failure,
        }
    return {
        "question": found.question,
        "stage": found.stage,
        "found": found.found,
        "quotes": [
            {
                "number": quote.number,
                "id": quote.stored.paper.id,
                "title": quote.stored.paper.title,
                "submitted": quote.stored.paper.submitted,
                "text": quote.text,
                "place": quote.place,
                "covered": round(quote.covered, 4),
            }
            for quote in found.quotes
        ],
        "missing": list(found.missing),
        "papers": found.papers,
        "read": found.read,
        "seconds": round(found.seconds, 3),
        "model": model,
    }
