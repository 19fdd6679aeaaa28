"""Is the catalog up to date, what failed, and what can be done? Sync health, and the button that pulls new papers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st
from sqlite_utils import Database

from app.settings import settings
from app.ui.escape import plain
from app.ui.words import _, n_, text
from core.papers.source import Window
from core.registry import discover
from db import ledger

DAYS_BACK = 2


def outcome_name(outcome: str | None) -> str:
    """A ledger outcome in the visitor's language."""
    return {
        "complete": _("complete"),
        "quiet day": _("quiet day"),
        "throttled": _("throttled"),
        "stale": _("stale"),
        "partial": _("partial"),
        "broken": _("broken"),
        "unreachable": _("unreachable"),
        "refused": _("refused"),
        None: _("under way"),
    }.get(outcome, str(outcome))


def advice(outcome: str | None) -> str:
    """What a person can do about an outcome."""
    return {
        "throttled": _(
            "The server asked us to slow down. Wait some minutes and sync again: it goes on where it stopped."
        ),
        "unreachable": _("The server did not answer. Check the network and sync again: it goes on where it stopped."),
        "broken": _("The answer was not what it should be. Try again later; if it stays, the source has changed."),
        "partial": _("Fewer papers came than the server said there are. Sync again to get the rest."),
        "stale": _("The source showed an old day. Sync again later."),
    }.get(outcome or "", "")


def health(db: Database) -> None:
    """One line that says how fresh the catalog is, the Sync button, and the ledger behind it."""
    last = ledger.latest(db)
    bad = {source: row for source, row in last.items() if row.outcome not in ledger.GOOD}
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if not last:
            st.caption(_("Not synced yet: what you see comes from the starter catalog and from files."))
        elif bad:
            names = ", ".join(f"{_title(source)}: {outcome_name(row.outcome)}" for source, row in bad.items())
            st.caption(f":material/sync_problem: {plain(names)}")
        else:
            newest = max(row.finished for row in last.values() if row.finished)
            new = sum(row.new for row in last.values())
            when = _("Synced {time}").format(time=f"{newest:%Y-%m-%d %H:%M} UTC")
            came = n_("{n} new paper", "{n} new papers", new)
            st.caption(f":material/cloud_done: {when} · {came}")
        if st.button(
            _("Sync"),
            icon=":material/sync:",
            key="sync",
            help=_("Pull the papers of the last days from arXiv and Hugging Face."),
        ):
            _pull(db)
    for source, row in bad.items():
        words = f"**{plain(_title(source))}** · {outcome_name(row.outcome)} · {row.started:%Y-%m-%d %H:%M} UTC"
        detail = " ".join(part for part in (plain(row.error or ""), advice(row.outcome)) if part)
        st.warning(f"{words}\n\n{detail}", icon=":material/sync_problem:")


def _title(source: str) -> str:
    found = discover("core.papers.sources", "SOURCE").get(source)
    return text(found.about.title) if found else source


def _pull(db: Database) -> None:
    from app import ingest

    found = settings()
    today = datetime.now(UTC).date()
    window = Window(since=today - timedelta(days=DAYS_BACK), until=today, categories=found.category_list)
    with st.status(_("Syncing …"), expanded=True) as shown:
        for source in ingest.choose_sources(None):
            st.write(f"{plain(_title(source.id))} …")
            row = ingest.sync_source(db, source, window, found)
            came = n_("{n} new paper", "{n} new papers", row.new)
            st.write(f"{plain(_title(source.id))}: {outcome_name(row.outcome)} · {came}")
        shown.update(label=_("Synced"), state="complete", expanded=False)
    st.rerun()
