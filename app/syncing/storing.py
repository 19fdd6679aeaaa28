"""How does a page get into the catalog? Papers, tags, checkpoint and all else of it in one transaction."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from datetime import date, datetime

from sqlite_utils import Database

from core.papers.ids import parse_arxiv_id
from core.papers.paper import Paper
from core.papers.source import Page, Problem
from db import ledger
from db.connect import transaction
from db.cooldowns import clear_cooldown
from db.ledger import PARTIAL
from db.memories import write_memory
from db.papers import Tagger, mark_deleted, upsert

# A process id alone is not enough: in a container every process may be number 1.
OWNER = f"{os.getpid()}-{uuid.uuid4().hex}"


def store(
    db: Database,
    page: Page,
    row_id: int,
    source_id: str,
    tagger: Tagger | None,
    *,
    day: date,
    now: datetime,
    provider: str | None = None,
    anew: bool = False,
) -> None:
    """Store a page and advance its row, all or nothing.

    :param day: on which the source said it.
    :param provider: whose refusals a good page ends.
    :param anew: the page is the first one after the row gave up the checkpoint that it had taken over.
    """
    papers, problems = _storable(page)
    with transaction(db):
        counts = upsert(db, papers, source=source_id, day=day, seen_at=now, tagger=tagger)
        if page.deleted:
            deleted = mark_deleted(db, page.deleted, source=source_id, day=day, seen_at=now)
            counts = replace(counts, changed=counts.changed + deleted)
        if page.remember is not None:
            write_memory(db, source_id, page.remember)
        if provider is not None:
            clear_cooldown(db, provider, now=now)
        if anew:
            ledger.restart(db, row_id)
        ledger.advance(
            db,
            row_id,
            expected=page.said,
            received=page.received,
            counts=counts,
            problems=problems,
            requests=page.requests,
            waited=page.waited,
            resume=page.checkpoint,
        )


def leave(db: Database, row_id: int) -> None:
    """No row stays open behind an interrupt or a fault that is on its way up."""
    if ledger.get_row(db, row_id).outcome is None:
        ledger.close(db, row_id, PARTIAL, error="stopped before its end; the next one goes on from here")


def line_of(error: Exception) -> str:
    """The error's message in one line."""
    return " ".join(str(error).split())


def _storable(page: Page) -> tuple[list[Paper], list[Problem]]:
    """The papers that can be a row, and the problems of the page with those that cannot."""
    papers: list[Paper] = []
    problems: list[Problem] = list(page.problems)
    for paper in page.papers:
        try:
            base = parse_arxiv_id(paper.id)
        except ValueError as error:
            problems.append(Problem(paper.id, str(error)))
            continue
        if base.base != paper.id:
            problems.append(Problem(paper.id, f"is not the base id of a paper; that is {base.base}"))
        elif not paper.title.strip():
            problems.append(Problem(paper.id, "has no title"))
        else:
            papers.append(paper)
    return papers, problems
