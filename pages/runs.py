"""Which runs are there, which go now, and what did each show?"""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app.ui import claims, comparing, navigation, pipeline, runs
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.page import Page
from app.ui.words import _
from core.language import Text
from db import runs as ledger
from db.runs import Run

SHOWN = 50


def render() -> None:
    """The run named in the address in full, two of them beside each other, or the list of all."""
    st.title(_("Runs"))
    pipeline.draw()
    db = catalog()
    wanted, other = st.query_params.get("run"), st.query_params.get("with")
    if wanted:
        st.page_link(navigation.target("runs"), label=_("All runs"), icon=":material/arrow_back:")
        if other:
            comparing.draw(db, wanted, other)
        else:
            replay = st.query_params.get("replay") == "1"
            runs.view(db, wanted, scope="runs", titled=True, replay=replay)
        return
    _opened()
    _list()


def _opened() -> None:
    """A run that somebody shared."""
    with st.expander(_("Open a shared run"), icon=":material/file_open:"):
        given = st.file_uploader(_("The JSON file of a run"), type="json", label_visibility="collapsed")
        if given is not None:
            runs.shared(given.getvalue())


@st.fragment(run_every=2.0)
def _list() -> None:
    db = catalog()
    found = ledger.find(db, limit=SHOWN)
    if not found:
        st.info(
            _("No run yet. Open a stage of the pipeline and press Run on an experiment."), icon=":material/science:"
        )
    for run in found:
        _row(db, run)


def _row(db: Database, run: Run) -> None:
    with st.container(border=True, key=f"run-row-{run.id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            runs.state_badge(run.state)
            st.page_link(navigation.target("runs"), label=runs.title(run), query_params={"run": run.id})
            if run.null:
                st.badge(_("null world"), color="violet")
            for verdict in ledger.verdicts(db, run.id):
                claims.badge(verdict.outcome, null=verdict.null)
        created = f"{run.created:%Y-%m-%d %H:%M} UTC"
        st.caption(f"{created} · {runs.about(run)}")
        if run.state == "running":
            st.progress(run.done)
        elif run.state == "failed" and run.message:
            st.caption(f":material/error: {plain(run.message)}")


PAGE = Page(id="runs", title=Text("Runs", "실행"), icon=":material/science:", section="lab", order=1, render=render)
