"""What did I make of this paper? A field that is always open, and the entries to which the paper is pinned."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app.ui.escape import plain
from app.ui.notebook import pinning
from app.ui.words import _
from core.papers.latex import readable
from db import notes
from db.records import Stored

SHOWN = 5  # entries
_BEGINNING = 200  # letters of each


def section(db: Database, stored: Stored) -> None:
    """The entries that pin the paper, and a new one."""
    st.subheader(_("Notebook"), anchor=False)
    found = notes.pinning(db, "paper", stored.paper.id)
    for note in found[:SHOWN]:
        pinning.link(note, plain(f"{note.title} · {note.created:%Y-%m-%d}"))
        if note.body.strip():
            st.caption(plain(note.body[:_BEGINNING] + ("…" if len(note.body) > _BEGINNING else "")))
    with st.container(key="noting"), st.form("paper-note", clear_on_submit=True, border=False):
        words = st.text_area(_("Note"), placeholder=_("What do you make of it? Markdown."), height=110)
        if st.form_submit_button(_("Write it down"), icon=":material/edit_note:") and words.strip():
            pinning.write(readable(stored.paper.title)[:120], words, [notes.Pin("paper", stored.paper.id)])
            st.rerun()
