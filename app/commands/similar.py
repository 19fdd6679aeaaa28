"""The command that finds similar papers."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say, table
from app.settings import settings
from core.papers.ids import parse_arxiv_id


def add_to(app: typer.Typer) -> None:
    """Register this room's command."""
    app.command()(similar)


def similar(
    paper: Annotated[str, typer.Argument(metavar="ID")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List the papers of the catalog that are most like one of them."""
    from app.similar import similar as find
    from db.connect import open_catalog
    from db.rows import UnknownPaper

    try:
        base = parse_arxiv_id(paper).base
        found = find(open_catalog(settings().catalog), base, limit=limit, embedding_model=settings().embedding_model)
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
    except UnknownPaper as error:
        raise Failure(str(error)) from error
    if found.note:
        sys.stderr.write(f"trendlab: {found.note}\n")
    rows = [_row(near) for near in found.papers]
    if as_json:
        answer(rows)
    elif rows:
        columns = ("id", "submitted", "score", "shared", "title")
        table(
            columns,
            [[row["id"], (row["submitted"] or "")[:10], row["score"], _shared(row), row["title"]] for row in rows],
        )
    else:
        say(f"{base}: no similar paper in the catalog" if found.known else f"{base}: none of its words is known")


def _row(near: Any) -> dict[str, Any]:
    paper = near.stored.paper
    return {
        "id": paper.id,
        "title": paper.title,
        "submitted": paper.submitted.isoformat() if paper.submitted else None,
        "score": near.score,
        "words": list(near.words),
        "topics": [tag.value for tag in near.tags if tag.kind == "topic"],
        "applications": [tag.value for tag in near.tags if tag.kind == "application"],
    }


def _shared(row: dict[str, Any]) -> str:
    return ", ".join((*row["words"], *row["topics"], *row["applications"]))
