"""What did I find out? Dated entries with pinned papers, runs and charts; written, searched and exported here."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app.ui import address, exporting, navigation, pipeline
from app.ui.catalog import catalog
from app.ui.notebook import entries, pinning, writing
from app.ui.page import Page
from app.ui.words import _, n_
from core.language import Text
from db import notes

SHOWN = 10  # entries on a page; each may have charts
_SEARCH, _PAGE = "notebook-search", "notebook-page"


def render() -> None:
    """A new entry and the entries, or the one that the address names."""
    st.title(_("Notebook"))
    pipeline.draw()
    db = catalog()
    asked = st.query_params.get(pinning.NOTE, "")
    if asked:
        _alone(db, asked)
        return
    address.begin("notebook", foreign="id")
    with st.container(border=True, key="writing", gap="small"):
        writing.draw(db)
    if notes.count(db):
        _entries(db)
    else:
        _nothing()
    address.end("notebook")


def _alone(db: Database, asked: str) -> None:
    st.page_link(navigation.target("notebook"), label=_("All entries"), icon=":material/arrow_back:")
    try:
        entries.draw(db, [notes.get(db, int(asked) if asked.isdecimal() and len(asked) < 16 else -1)])
    except notes.UnknownNote:
        st.info(_("There is no such entry; it may have been deleted."), icon=":material/search_off:")


def _entries(db: Database) -> None:
    """The search, the export, and the entries page by page."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        address.ask(_SEARCH, "q", str)
        words = st.text_input(
            _("Search the notes"),
            placeholder=_("Search notes, and what is pinned to them"),
            key=_SEARCH,
            label_visibility="collapsed",
            icon=":material/search:",
        ).strip()
        address.tell("q", words)
        with st.popover(_("Export"), icon=":material/ios_share:"):
            st.caption(_("All entries, with the papers, runs and charts pinned to them."))
            exporting.buttons(kind="notebook")
    found = notes.count(db, words=words)
    pages = -(-found // SHOWN)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(n_("{n} entry", "{n} entries", found))
        # Other words, other pages: what was open of the old ones means nothing.
        page = st.pagination(pages, key=f"{_PAGE}-{words}") if pages > 1 else 1
    if not found:
        st.info(_("No entry has these words. Try fewer of them."), icon=":material/search_off:")
    entries.draw(db, notes.list_notes(db, words=words, limit=SHOWN, offset=(page - 1) * SHOWN))


def _nothing() -> None:
    st.info(
        _(
            "Nothing written yet. Write above, or press Pin on a paper, a run or a chart: it lands in the entry of the "
            "day, and the words can come later."
        ),
        icon=":material/menu_book:",
    )


PAGE = Page(
    id="notebook", title=Text("Notebook", "노트"), icon=":material/menu_book:", section="read", order=1, render=render
)
