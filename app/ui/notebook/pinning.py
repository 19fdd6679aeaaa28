"""How is a paper, a run or a chart kept with one press? It is pinned to the entry of the day, which waits for words."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st
from sqlite_utils import Database

from app.ui import moments, navigation, undo
from app.ui.catalog import catalog
from app.ui.words import _
from db import notes
from db.notes import Note, Pin, PinKind

NOTE = "note"  # in the notebook's address: the entry that is shown alone


def pin_button(db: Database, *, kind: PinKind, target: str, scope: str) -> None:
    """A button that pins something; where that is done, one under which a word can be added to the entry.

    :param scope: tells it from the button for the same thing elsewhere on the page.
    """
    held = notes.pinning(db, kind, target)
    key = f"{scope}-{kind}-{target}"
    if not held:
        st.button(
            _("Pin"),
            icon=":material/push_pin:",
            key=f"pin-{key}",
            type="tertiary",
            help=_("Into the notebook, to the entry of today."),
            on_click=_pin,
            args=(Pin(kind, target),),
        )
        return
    with st.popover(_("In the notebook"), icon=":material/keep:", type="tertiary", key=f"pinned-{key}"):
        add_words(held[0], scope=key)
        link(held[0], _("Open the entry"))


def add_words(note: Note, *, scope: str) -> None:
    """A field that adds to an entry."""
    with st.form(f"add-{scope}", clear_on_submit=True, border=False):
        words = st.text_area(_("Note"), placeholder=_("What do you make of it? Markdown."), height=110)
        if st.form_submit_button(_("Write it down"), icon=":material/edit_note:") and words.strip():
            change(note, body=f"{note.body}\n\n{words}".strip())
            st.rerun()


def link(note: Note, words: str) -> None:
    """A link to one entry of the notebook.

    :param words: as Markdown.
    """
    st.page_link(
        navigation.target("notebook"), label=words, icon=":material/menu_book:", query_params={NOTE: f"{note.id}"}
    )


def today() -> str:
    """The title of an entry that was given none: the day where the visitor is."""
    return f"{datetime.now(ZoneInfo(moments.zone())):%Y-%m-%d}"


def write(title: str, body: str, pins: list[Pin]) -> int:
    """Write a new entry, and offer to take it back; its number."""
    name = title.strip() or today()
    number = notes.add(catalog(), title=name, body=body, pins=pins)
    undo.record(_("Written down: {title}").format(title=undo.short(name)), partial(notes.delete, note_id=number))
    return number


def change(note: Note, *, title: str | None = None, body: str | None = None, pins: list[Pin] | None = None) -> None:
    """Change an entry, and offer to take that back."""
    try:
        notes.edit(catalog(), note.id, title=title, body=body, pins=pins)
    except notes.UnknownNote:
        # Another tab has deleted it; what was written since is kept all the same.
        write(title or note.title, note.body if body is None else body, list(note.pins if pins is None else pins))
        return
    undo.record(_("Changed: {title}").format(title=undo.short(note.title)), partial(notes.restore, note=note))


def delete(note: Note) -> None:
    """Delete an entry, and offer to take that back."""
    try:
        gone = notes.delete(catalog(), note.id)
    except notes.UnknownNote:
        return
    undo.record(_("Deleted: {title}").format(title=undo.short(gone.title)), partial(notes.restore, note=gone))


def _pin(what: Pin) -> None:
    before, after = notes.pin(catalog(), what, title=today())
    if before != after:
        words = _("Pinned to the entry {title}").format(title=undo.short(after.title))
        undo.record(words, partial(notes.unpin, what=what, before=before, after=after))
