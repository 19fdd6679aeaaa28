"""Does a source show as much as its neighbours? A feed can be a day old and look fine; what others have gives it away.

In August 2026 the feed of cs.AI had 16 of the 239 papers of its day while it said that it was up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlite_utils import Database

from core.papers.calendar.announcements import EASTERN, Batch, latest
from core.papers.calendar.emptiness import SETTLING
from core.papers.source import Source, Stale
from core.registry import discover
from db import ledger
from db.crossing import Announced, announced
from db.ledger import LedgerRow

LEAST_PAPERS = 10  # that a source must have of an announcement to speak against another one
LEAST_SHARE = 0.5


def cross(
    db: Database, rows: Sequence[LedgerRow], *, categories: Sequence[str], now: datetime | None = None
) -> list[LedgerRow]:
    """The rows of one sync, with those closed again as stale whose source lacks papers that another arXiv source has.

    Compared are the papers of the latest announcement, also with what earlier syncs brought.
    """
    moment = now or datetime.now(UTC)
    batch = latest(moment - SETTLING)
    known: dict[str, Source] = {
        id_: source
        for id_, source in discover("core.papers.sources", "SOURCE").items()
        if source.about.provider == "arxiv"
    }
    judged = {
        row.id: row.source
        for row in rows
        if row.source in known and row.outcome in ledger.GOOD and _should_show(known[row.source], row, batch, moment)
    }
    if not judged:
        return list(rows)
    papers = announced(
        db,
        first=batch.first,
        last=batch.last,
        listed=batch.feed_day,
        categories=categories,
        sources=list(known),
    )
    found = find_stale(papers, suspects=set(judged.values()), witnesses=list(known))
    return [
        _closed_again(db, row, found[row.source], known, batch) if judged.get(row.id) in found else row for row in rows
    ]


def find_stale(
    papers: Sequence[Announced], *, suspects: Collection[str], witnesses: Sequence[str]
) -> dict[str, tuple[int, int, str]]:
    """The sources that lack what others have: each with how many of how many papers it has, and of which witness.

    Papers with a known submission go first, for nobody can have got their day wrong. A paper that a source only said
    to be of that day counts against the others as long as that source has not been found stale itself: an old feed
    under a new date would else speak against all that are right.
    """
    found: dict[str, tuple[int, int, str]] = {}
    for known in ([paper for paper in papers if paper.dated], papers):
        lacking: dict[str, tuple[int, int, str]] = {}
        for witness in witnesses:
            if witness in found:
                continue
            shown = [paper for paper in known if witness in paper.sources]
            for suspect in suspects:
                has = sum(suspect in paper.sources for paper in shown)
                worst = lacking.get(suspect, (0, 0, ""))
                if len(shown) >= LEAST_PAPERS and has < LEAST_SHARE * len(shown) and len(shown) > worst[1]:
                    lacking[suspect] = (has, len(shown), witness)
        found = lacking | found
    return found


def _should_show(source: Source, row: LedgerRow, batch: Batch, now: datetime) -> bool:
    """Whether the papers of the announcement are among what this row asked for."""
    since, _, until = str(row.window).partition("..")
    asked = (date.fromisoformat(since), date.fromisoformat(until))

    def within(*days: date) -> bool:
        return asked[0] <= min(days) and max(days) <= asked[1]

    if source.about.days == "submitted":
        return within(batch.first.date(), (batch.last - timedelta(seconds=1)).date())
    if source.about.days == "announced":
        # A feed shows the announcement of its own day and no other.
        return within(batch.feed_day) and batch.feed_day == now.astimezone(EASTERN).date()
    return within(batch.feed_day)


def _closed_again(
    db: Database, row: LedgerRow, lack: tuple[int, int, str], known: dict[str, Source], batch: Batch
) -> LedgerRow:
    has, of, witness = lack
    why = (
        f"has {has} of the {of} papers that {known[witness].about.title.en} has "
        f"for the announcement of {batch.feed_day}; sync again later"
    )
    return ledger.close(db, row.id, Stale.outcome, error=why)
