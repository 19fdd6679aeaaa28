"""How far can the sources be believed for the days of a digest? Read off the ledger, never off what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlite_utils import Database

from app import schedule
from core.digests.arrival import Look, covered, list_covered
from core.digests.record import SourceState, State
from core.digests.span import SHOWING, Span
from core.papers.calendar.emptiness import SETTLING
from core.papers.source import Source
from core.papers.trends import Period
from core.registry import discover
from db import arrivals, ledger
from db.cooldowns import read_cooldown
from db.ledger import LedgerRow


def looks(db: Database, days: Period) -> list[Look]:
    """The syncs begun since the first of these days that came to a good end; those of sources that are gone aside."""
    sources: dict[str, Source] = dict(discover("core.papers.sources", "SOURCE"))
    return [
        Look(**found, days=sources[found["source"]].about.days)
        for found in arrivals.good_syncs(db, days.start)
        if found["source"] in sources
    ]


def states(
    db: Database, found: Sequence[Look], span: Span, *, announced: int, listed: int
) -> tuple[tuple[SourceState, ...], bool]:
    """The state of each source that a sync asks, and whether none of them can have more for these days.

    :param found: `looks` since some time before the digest's days.
    :param announced, listed: how many papers of these days came, of arXiv and of Hugging Face's lists.
    """
    latest = ledger.latest(db)
    told: list[SourceState] = []
    settled = True
    for source in schedule.read_schedule(db).asked:
        is_list = source.about.days == "listed"
        if source.about.provider is None or not (is_list or span.batches):
            continue
        own = [look for look in found if look.source == source.id]
        final = _whole(own, span, SETTLING)
        settled = settled and final is not None
        whole = final or _whole(own, span, SHOWING)
        n = listed if is_list else announced
        if whole is not None and (n or final is not None):
            state: State = "well" if n else "quiet"
            told.append(SourceState(id=source.id, title=source.about.title, state=state, moment=whole.finished))
        else:
            told.append(_lacking(db, source, latest.get(source.id), span, is_shown=whole is not None))
    return tuple(told), settled


def _whole(own: Sequence[Look], span: Span, after: timedelta) -> Look | None:
    """The sync with which a source had been asked for all of the days; None where it was not yet.

    :param after: how long an announcement had to be made by then.
    """
    for place, last in enumerate(own):
        until_then = own[: place + 1]
        if last.days == "listed":
            listed = span.listed
            days = [listed.start + timedelta(days=number) for number in range(listed.days)]
            is_whole = all(list_covered(until_then, day) for day in days)
        else:
            is_whole = all(covered(until_then, batch, after=after) for batch in span.batches)
        if is_whole:
            return last
    return None


def _lacking(db: Database, source: Source, row: LedgerRow | None, span: Span, *, is_shown: bool) -> SourceState:
    """The state of a source that was not asked for all of the days, or too early.

    :param row: its last sync.
    :param is_shown: whether it was asked when it should have shown them already.
    """
    state: State
    if row is None:
        state = "never"
    elif row.outcome is None:
        state = "open"
    elif row.outcome not in ledger.GOOD:
        state = row.outcome
    elif is_shown:
        state = "late"
    else:
        state = "gap" if row.started >= span.ready_at else "unasked"
    moment = None if row is None else row.finished or row.started
    cooldown = None if source.about.provider is None else read_cooldown(db, source.about.provider)
    failed = row is not None and row.outcome is not None and row.outcome not in ledger.GOOD
    cools = failed and cooldown is not None and moment is not None and cooldown.until > moment
    return SourceState(
        id=source.id,
        title=source.about.title,
        state=state,
        moment=moment,
        error="" if row is None else row.error or "",
        until=cooldown.until if cools and cooldown is not None else None,
    )
