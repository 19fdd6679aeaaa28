"""What did I find out? Dated entries with pinned papers, runs and charts, and their export."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app.ui import exporting, notebook, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _, n_
from core.language import Text
from db import notes, papers, runs
from db.records import Filters

PAPERS_OFFERED = 200
RUNS_OFFERED = 50


def render() -> None:
    """A new entry, the entries, and the export."""
    st.title(_("Notebook"))
    pipeline.draw()
    db = catalog()
    entries = notes.list_notes(db)
    with st.expander(_("New entry"), icon=":material/edit_note:", expanded=not entries):
        _new(db)
    if not entries:
        words = _("Nothing written yet. Write here, or press Note on a paper or a run.")
        st.info(words, icon=":material/menu_book:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(n_("{n} entry", "{n} entries", len(entries)))
        exporting.buttons(kind="notebook")
    for note in entries:
        notebook.entry(db, note)


def _new(db: Database) -> None:
    offered = {
        notes.Pin("paper", item.paper.id): item.paper.title
        for item in papers.browse(db, filters=Filters(), limit=PAPERS_OFFERED)
    } | {
        notes.Pin("run", run.id): f"{run.experiment} · {run.preset} · {run.id}"
        for run in runs.find(db, limit=RUNS_OFFERED)
    }
    with st.form("new-entry", border=False, clear_on_submit=True):
        title = st.text_input(_("Title"), placeholder=notebook.today())
        body = st.text_area(_("Note"), placeholder=_("What do you make of it? Markdown."), height=160)
        chosen = st.multiselect(_("Pin papers and runs"), list(offered), format_func=lambda key: offered[key])
        if st.form_submit_button(_("Write it down"), type="primary"):
            notes.add(db, title=title or notebook.today(), body=body, pins=chosen)
            st.rerun()


PAGE = Page(
    id="notebook", title=Text("Notebook", "노트"), icon=":material/menu_book:", section="read", order=1, render=render
)
