"""What can somebody do who is here for the first time? Three things, each one press away, and none needs a network."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf

import streamlit as st
from sqlite_utils import Database

from app import reports
from app.ui import exporting, navigation, predicting, sync, trying
from app.ui.lab import OPEN
from app.ui.period import days_to_tell
from app.ui.words import _, language, n_, text
from core.experiment import Experiment
from core.exports.export import exports
from core.reference import recorded
from core.registry import discover
from db import beginnings
from db.listing import listed
from db.records import Filters

FORMAT = "summary-html"  # opens anywhere, with its figures
_HOLDS = 300  # seconds for which what is recorded holds; it changes with the code


def draw(db: Database) -> None:
    """Browse, run, export; under them the sync, and the way to put this away."""
    first, second, third = st.columns(3, gap="small")
    with first, st.container(border=True, height="stretch", key="first-browse"):
        _browse(db)
    with second, st.container(border=True, height="stretch", key="first-run"):
        _run(db, quickest())
    with third, st.container(border=True, height="stretch", key="first-export"):
        _export(db)
    with st.container(border=True, key="first-sync"):
        _sync(db)
    if beginnings.untouched(db):
        words = _("Do not begin here again")
        if st.button(words, key="first-leave", type="tertiary", icon=":material/done:"):
            _go(db, "inbox")
    st.caption(_("This page stays in the menu, at its end. Settings and the language are there too."))


def quickest() -> Experiment:
    """The experiment that took the least time when it was recorded; the first one where none was."""
    found: Experiment = discover("core.experiments", "EXPERIMENT")[_quickest()]
    return found


@st.cache_data(ttl=_HOLDS, show_spinner=False)
def _quickest() -> str:
    known = discover("core.experiments", "EXPERIMENT")
    return min(known, key=lambda name: (min((one.seconds for one in recorded(name)), default=inf), name))


def _browse(db: Database) -> None:
    _head(1, _("Browse"))
    found = listed(db, Filters(), limit=0)
    if found.n:
        words = _("{papers} are here already, filed under the four stages above, and the landmarks have a summary.")
        n = f"{found.n:,}"
        st.markdown(words.format(papers=_("{n}+ papers").format(n=n) if found.more else _papers(found.n)))
        st.markdown(_("Go through them by keyboard: **j** and **k** move, **o** opens the abstract, **s** saves."))
    else:
        st.markdown(_("No paper is here yet. Press Sync below, or import files: `python -m app import PATH`"))
    if st.button(_("Open the Inbox"), key="first-browse-go", type="primary", icon=":material/inbox:"):
        _go(db, "inbox")


def _papers(n: int) -> str:
    return n_("{n} paper", "{n} papers", n)


def _run(db: Database, experiment: Experiment) -> None:
    _head(2, _("Run"))
    st.markdown(f"**{text(experiment.title)}**")
    st.markdown(text(experiment.question))
    st.markdown(
        _("It is tried on this machine, within about a minute, and a verdict comes out: it may be “not supported”.")
    )
    pressed = st.button(_("Run it"), key="first-run-go", type="primary", icon=":material/play_arrow:")
    if pressed and (predicting.is_on(db) or trying.submit(db, experiment) is not None):
        _go(db, experiment.stage, **{OPEN: experiment.id})
    st.page_link(navigation.target("evidence"), label=_("All claims, and how they stand"), icon=":material/science:")


def _export(db: Database) -> None:
    _head(3, _("Export"))
    st.markdown(_("What changed, which papers were noticed and what your runs found, as one page that opens anywhere."))
    since, until = days_to_tell(db, reports.DAYS)
    today = datetime.now(UTC).date()
    asked = reports.Request(language=language(), today=today, since=since, until=until)
    st.caption(f"{since} – {until}")
    exporting.button(exports("summary")[FORMAT], asked, label=_("Download the summary"))
    st.page_link(navigation.target("export"), label=_("Other formats and days"), icon=":material/ios_share:")


def _sync(db: Database) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(width="stretch", gap=None):
            st.markdown("**{}**".format(_("New papers, when you want them")))
            st.markdown(
                _("Sync asks arXiv and Hugging Face for the papers of the last days. All else works without a network.")
            )
        if st.button(_("Sync now"), key="first-sync-go", icon=":material/sync:"):
            sync.ask()
            _go(db, "inbox")
        st.page_link(navigation.target("settings"), label=_("Sync daily"), icon=":material/schedule:")


def _head(number: int, words: str) -> None:
    st.subheader(f"{number} · {words}", anchor=False)


def _go(db: Database, page: str, **address: str) -> None:
    """Leave for a page; whoever has gone somewhere is not sent here again."""
    beginnings.leave(db)
    st.switch_page(navigation.target(page), query_params=address)
