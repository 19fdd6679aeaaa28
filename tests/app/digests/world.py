"""A catalog as syncs leave it: papers with the day on which they were seen, and ledger rows with their times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tagging import tag_papers
from db import ledger
from db.papers import upsert

CATEGORIES = "cs.CL,cs.LG,cs.AI"
# The announcement of Thursday evening, 2026-11-19 in New York: listed on Friday, shown from 05:30 UTC on.
FRIDAY = "2026-11-20"
WELL = "2026-11-20T08:00"  # when a sync of it leaves nothing open


def moment(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def paper(number: int, *, title: str = "A language model with sparse attention", **more: Any) -> Paper:
    """A paper of Friday's announcement, unless another v1 moment is given."""
    facts: dict[str, Any] = {
        "submitted": moment("2026-11-18T22:00") + timedelta(minutes=number),
        "abstract": "We pre-train a transformer with sliding-window attention. It is fast.",
        "authors": ("Ada Example", "Bo Example"),
        "categories": ("cs.CL",),
        "primary_category": "cs.CL",
        "version": 1,
    }
    return Paper(id=f"2611.{number:05d}", title=title, **{**facts, **more})


def came(db: Database, papers: Sequence[Paper], *, at: str = WELL, source: str = "arxiv") -> None:
    """Papers that a sync brought at that moment."""
    seen = moment(at)
    upsert(db, papers, source=source, day=seen.date(), seen_at=seen, tagger=tag_papers)


def synced(
    db: Database,
    source: str,
    outcome: str | None = "complete",
    *,
    at: str = WELL,
    days: int = 5,
    error: str | None = None,
) -> None:
    """A sync of the last days that ended at that moment, a minute after it began."""
    end = moment(at)
    window = f"{end.date() - timedelta(days=days)}..{end.date()}"
    row = ledger.open_row(db, source=source, owner="1-test", window=window, categories=CATEGORIES)
    begun = (end - timedelta(minutes=1)).isoformat(timespec="microseconds")
    db.conn.execute("UPDATE ledger SET started = ? WHERE id = ?", (begun, row))
    if outcome is not None:
        ledger.close(db, row, outcome, error=error)
        finished = end.isoformat(timespec="microseconds")
        db.conn.execute("UPDATE ledger SET finished = ? WHERE id = ?", (finished, row))


def well(db: Database, *, at: str = WELL) -> None:
    """Both sources of every sync were asked and answered in whole."""
    for source in ("arxiv", "huggingface"):
        synced(db, source, at=at)


def listed(number: int, day: str, **more: Any) -> Paper:
    """A paper on Hugging Face's list of a day, long announced."""
    facts: dict[str, Any] = {"submitted": moment("2026-10-01T12:00"), "listed": date.fromisoformat(day), "upvotes": 30}
    return paper(number, **{**facts, **more})
