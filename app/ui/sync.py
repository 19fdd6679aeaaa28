"""Is the catalog up to date, what failed, and what can be done? Sync health, and the button that pulls new papers.

It stands in a fragment that looks every two seconds, so that a sync which goes on in the background is seen while the
rest of the page stays as it is: new papers are offered, and never pushed under the eyes of a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import schedule
from app.ingest import bury_dead, choose_sources
from app.queue import ask_for_sync, is_served
from app.schedule import Plan
from app.settings import settings
from app.syncing import background
from app.ui import filters, finding, moments, navigation, results, sync_words
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, n_
from db import ledger
from db.ledger import LedgerRow

SOON, LATER = 2.0, 30.0  # seconds between two looks: during a sync, and while nothing goes on
ROWS = 20  # of the ledger that are shown
REASONS = 10  # refusals that are shown
_ROUND = timedelta(hours=1)  # sources that were synced within it were synced together
_FORGOTTEN = timedelta(days=1)  # after which a failure of a source that nobody asks for by default is no longer told
_STARTS = timedelta(seconds=15)  # that a sync may take until it says something
_DRAWN, _ASKED, _OPEN, _TOLD = "sync-drawn", "sync-asked", "sync-details", "sync-told"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What there is to tell at a moment.

    :param last: the last row of each source that matters, newest last.
    :param open: the rows under way.
    :param busy: whether a sync is under way, or about to begin.
    :param lost: whether the last background sync ended before it said anything.
    :param plan: what the daily sync does next; None where there is none.
    :param served: whether somebody carries the plan out.
    """

    now: datetime
    last: tuple[LedgerRow, ...]
    open: tuple[LedgerRow, ...]
    busy: bool
    lost: bool
    plan: Plan | None
    served: bool

    @property
    def bad(self) -> list[LedgerRow]:
        """The sources that did not end well."""
        return [row for row in self.last if row.outcome is not None and row.outcome not in ledger.GOOD]


def health(db: Database) -> None:
    """One line that says how fresh the catalog is, the Sync button, what failed, and the ledger behind it."""
    # What the list on this page holds; what comes after it is offered.
    st.session_state[_DRAWN] = {row.id: row.new for row in ledger.newest(db)}
    busy = look(db, now=datetime.now(UTC)).busy
    st.fragment(_panel, run_every=SOON if busy else LATER)(often=busy)


def look(db: Database, *, now: datetime) -> Seen:
    """How the syncs stand."""
    found = settings()
    if ledger.open_syncs(db):
        bury_dead(db, found)
    under_way = tuple(ledger.open_syncs(db))
    last = sorted(ledger.latest(db).values(), key=lambda row: row.id)
    choice = schedule.read_schedule(db)
    plan = schedule.upcoming(db, now=now) if choice.on else None
    asked_for = {source.id for source in (*choose_sources(None), *choice.asked)}
    alive = background.is_under_way(found.home)
    started = background.last_start(found.home)
    asked: datetime | None = st.session_state.get(_ASKED)
    starting = asked is not None and (started is None or started < asked) and now - asked < _STARTS
    told = started is None or any((row.finished or row.started) >= started for row in last)
    return Seen(
        now=now,
        last=tuple(row for row in last if row.source in asked_for or now - row.started < _FORGOTTEN),
        open=under_way,
        busy=bool(alive or under_way or starting),
        lost=not alive and not told,
        plan=plan,
        served=plan is not None and is_served(found),
    )


def _panel(*, often: bool) -> None:
    """Everything about syncs, drawn anew while the rest of the page stays.

    :param often: it is looked at as often as a sync needs. Else it is not: a look that falls into the moment in which
        the server opens another page leaves that page empty.
    """
    db = catalog()
    seen = look(db, now=datetime.now(UTC))
    if seen.busy and not often:
        st.rerun()
    with st.container(key="sync-health", gap="xsmall"):
        _line(db, seen)
        if seen.busy:
            _progress(seen)
        _offer(db, seen)
        for row in () if seen.busy else seen.bad:
            _trouble(db, seen, row)
        if seen.lost and not seen.busy:
            words = _("The last sync ended before it said anything; why stands in {path}")
            st.warning(
                words.format(path=plain(str(background.log_path(settings().home)))), icon=":material/sync_problem:"
            )
        if st.session_state.get(_OPEN):
            _details(db, seen)


def _line(db: Database, seen: Seen) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="stretch"):
            st.caption(_summary(db, seen), width="content")
            if seen.plan is None and not seen.busy:
                daily = navigation.target("settings")
                st.page_link(daily, label=_("Sync daily"), icon=":material/schedule:", width="content")
            if seen.last:
                opened = bool(st.session_state.get(_OPEN))
                st.button(
                    _("Details"),
                    icon=":material/expand_less:" if opened else ":material/expand_more:",
                    key="sync-details-button",
                    type="tertiary",
                    on_click=_open,
                    args=(not opened,),
                )
        st.button(
            _("Sync"),
            icon=":material/sync:",
            key="sync",
            disabled=seen.busy,
            help=_("Pull the papers of the last days from arXiv and Hugging Face."),
            on_click=ask,
        )


def _summary(db: Database, seen: Seen) -> str:
    """The line: when, how many new, how complete, and when again; safe as Markdown."""
    parts = []
    if seen.busy:
        parts.append(":material/sync: " + _("Syncing …"))
    elif not seen.last:
        parts.append(_("Not synced yet: what you see comes from the starter catalog and from files."))
    elif seen.bad:
        parts.append(f":material/sync_problem: {_state(seen)}")
    else:
        rows = _last_round(seen.last)
        finished = max(row.finished or row.started for row in rows)
        synced = _("Synced {time}").format(time=moments.clock(finished, seen.now))
        parts.append(f":material/cloud_done: {synced}")
        parts.append(sync_words.new_papers(sum(sync_words.brought(db, row) for row in rows)))
        parts += [words for row in rows if (words := sync_words.good_news(row))] or [
            sync_words.outcome_name("complete")
        ]
    if seen.plan is not None and not seen.busy:
        parts.append(_next(seen.plan, seen))
    return " · ".join(parts)


def _state(seen: Seen) -> str:
    """Each source with its outcome, the failed first."""
    rows = sorted(_last_round(seen.last), key=lambda row: row.outcome in ledger.GOOD)
    rows = [*(row for row in seen.bad if row not in rows), *rows]
    return " · ".join(f"{sync_words.title(row.source)}: {sync_words.outcome_name(row.outcome)}" for row in rows)


def _next(plan: Plan, seen: Seen) -> str:
    if not seen.served:
        return _("Next sync: when the app is served with python -m app serve")
    words = _("Next try: {time} ({left})") if plan.tries else _("Next sync: {time} ({left})")
    if plan.due <= seen.now:
        return _("Next sync: at once")
    return words.format(time=moments.clock(plan.due, seen.now), left=moments.left(plan.due, seen.now))


def _last_round(last: tuple[LedgerRow, ...]) -> list[LedgerRow]:
    """The rows of the sources that were synced together last."""
    latest = max((row.started for row in last), default=datetime.now(UTC))
    return [row for row in last if latest - row.started < _ROUND]


def _progress(seen: Seen) -> None:
    """How far the sources are that are asked now."""
    for row in seen.open:
        words = sync_words.progress(row)
        if row.expected:
            st.progress(min(1.0, row.received / row.expected), text=words)
        else:
            st.caption(f":material/hourglass_top: {words}")


def _offer(db: Database, seen: Seen) -> None:
    """The papers that came since the page was drawn, to be shown when the reader wants it."""
    drawn: dict[int, int] = st.session_state.get(_DRAWN, {})
    newest = max(drawn, default=0)
    rows = [row for row in ledger.newest(db) if row.id in drawn or row.id > newest]
    fresh = sum(max(0, row.new - drawn.get(row.id, 0)) for row in rows)
    if not fresh:
        return
    # Said in the corner too, for who has scrolled down; once for each sync.
    last = max(row.id for row in rows)
    if not seen.busy and st.session_state.get(_TOLD) != last:
        st.session_state[_TOLD] = last
        st.toast(sync_words.new_papers(fresh), icon=":material/sync:")
    label = _("{new} — Show").format(new=sync_words.new_papers(fresh))
    if st.button(label, icon=":material/arrow_upward:", key="sync-show", type="primary", on_click=_show_all):
        st.rerun()


def _trouble(db: Database, seen: Seen, row: LedgerRow) -> None:
    told = sync_words.trouble(db, row, seen.plan if seen.served else None, now=seen.now)
    lines = (told.head, told.came, told.why, told.mend)
    st.warning("  \n".join(line for line in lines if line), icon=":material/sync_problem:")


def _details(db: Database, seen: Seen) -> None:
    """The ledger of the last syncs, who is left alone until when, and what was refused."""
    with st.container(border=True, key="sync-ledger", gap="small"):
        _daily(db, seen)
        rows = [row for row in ledger.newest(db, limit=ROWS) if row.window is not None]
        st.dataframe([_cells(row, seen.now) for row in rows], hide_index=True)
        reasons = [(row, reason) for row in rows for reason in row.reasons]
        if reasons:
            st.caption(n_("{n} record was refused:", "{n} records were refused:", sum(row.refused for row in rows)))
        for row, reason in reasons[:REASONS]:
            words = f"{reason.where}: {reason.why}"
            st.caption(f"{sync_words.title(row.source)} · {moments.clock(row.started, seen.now)} · {plain(words)}")
        st.caption(_("What the syncs printed: {path}").format(path=plain(str(background.log_path(settings().home)))))


def _daily(db: Database, seen: Seen) -> None:
    choice = schedule.read_schedule(db)
    if choice.on:
        names = ", ".join(sync_words.title(source.id) for source in choice.asked)
        words = _("Every day at {time} ({zone}): {sources}")
        st.caption(words.format(time=f"{choice.at:%H:%M}", zone=plain(choice.zone), sources=names))
    for source in {row.source for row in seen.last}:
        cooldown = sync_words.cooldown_of(db, source, now=seen.now)
        if cooldown is not None:
            words = _("{source} is left alone until {time}: {why}")
            until = moments.clock(cooldown.until, seen.now)
            st.caption(words.format(source=sync_words.title(source), time=until, why=plain(cooldown.why)))


def _cells(row: LedgerRow, now: datetime) -> dict[str, Any]:
    """A row of the ledger as a row of the table."""
    return {
        _("when"): moments.clock(row.started, now),
        _("source"): row.source,
        _("days"): row.window,
        _("outcome"): sync_words.outcome_name(row.outcome),
        _("received"): sync_words.amount(row),
        _("new"): row.new,
        _("changed"): row.changed,
        _("known before"): row.duplicate,
        _("refused"): row.refused,
        _("requests"): row.requests,
        _("waited (s)"): round(row.waited, 1),
        _("what happened"): row.error or "",
    }


def ask() -> None:
    """Ask for a sync, as the button does."""
    st.session_state[_ASKED] = datetime.now(UTC)
    ask_for_sync(settings())


def _open(opened: bool) -> None:
    st.session_state[_OPEN] = opened


def _show_all() -> None:
    """From the first page on, without the filters that could hide what came."""
    finding.put("")
    filters.clear()
    results.renew()
