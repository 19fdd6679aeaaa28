"""How does something land in the notebook? A note from any paper or run, or an entry written there."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st
from sqlite_utils import Database

from app import pictures
from app.settings import settings
from app.ui import charts, claims, shell
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language
from core.papers.latex import readable
from db import notes, runs
from db.papers import get


def pin_button(db: Database, *, kind: notes.PinKind, target: str, scope: str) -> None:
    """A button that pins a paper, a run or a chart to a new entry."""
    with st.popover(_("Note"), icon=":material/push_pin:"):
        _form(db, kind=kind, target=target, title="", scope=scope)


def quick_entry(db: Database, *, paper: str, title: str) -> None:
    """A note field on a paper's page, and the entries that pin it."""
    st.subheader(_("Notebook"), anchor=False)
    for note in notes.pinning(db, "paper", paper):
        st.markdown(f"**{plain(note.title)}** · {note.created:%Y-%m-%d}")
        st.caption(plain(note.body[:200]))
    _form(db, kind="paper", target=paper, title=title, scope="quick")


def _form(db: Database, *, kind: notes.PinKind, target: str, title: str, scope: str) -> None:
    with st.form(f"note-{scope}-{kind}-{target}", clear_on_submit=True, border=False):
        heading = st.text_input(_("Title"), title[:120])
        body = st.text_area(_("Note"), placeholder=_("What do you make of it? Markdown."), height=110)
        if st.form_submit_button(_("Write it down"), icon=":material/edit_note:"):
            notes.add(db, title=heading or today(), body=body, pins=[notes.Pin(kind, target)])
            st.toast(_("In the notebook."), icon=":material/check:")


def today() -> str:
    """The title of an entry that was given none."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def entry(db: Database, note: notes.Note) -> None:
    """One entry: what was written, what is pinned, and its buttons."""
    with st.container(border=True, key=f"note-{note.id}"):
        st.subheader(plain(note.title), anchor=False)
        st.caption(f"{note.created:%Y-%m-%d %H:%M} UTC")
        if st.session_state.get("editing") == note.id:
            _edit(db, note)
            return
        if note.body.strip():
            # The reader's own Markdown; Streamlit shows no HTML in it.
            st.markdown(note.body)
        _pins(db, note)
        with st.container(horizontal=True, gap="small"):
            st.button(
                _("Edit"),
                icon=":material/edit:",
                key=f"edit-{note.id}",
                type="tertiary",
                on_click=_edit_this,
                args=(note.id,),
            )
            with st.popover(_("Delete"), icon=":material/delete:", type="tertiary"):
                st.button(_("Delete this entry"), key=f"delete-{note.id}", on_click=_delete, args=(note.id,))


def _edit_this(number: int | None) -> None:
    st.session_state["editing"] = number


def _delete(number: int) -> None:
    notes.delete(catalog(), number)


def _edit(db: Database, note: notes.Note) -> None:
    with st.form(f"edit-form-{note.id}", border=False):
        title = st.text_input(_("Title"), note.title)
        body = st.text_area(_("Note"), note.body, height=220)
        kept = [
            pin
            for pin in note.pins
            if st.checkbox(
                _("Keep pinned: {name}").format(name=plain(_name(db, pin))),
                value=True,
                key=f"keep-{note.id}-{pin.kind}-{pin.target}",
            )
        ]
        if st.form_submit_button(_("Save"), type="primary"):
            notes.edit(db, note.id, title=title, body=body, pins=kept)
            _edit_this(None)
            st.rerun()


def _name(db: Database, pin: notes.Pin) -> str:
    if pin.kind == "paper" and (stored := get(db, pin.target)) is not None:
        return readable(stored.paper.title)
    if pin.kind == "run":
        try:
            return f"{runs.get(db, pin.target).experiment} · {pin.target}"
        except runs.UnknownRun:
            return pin.target
    return pin.target


def _pins(db: Database, note: notes.Note) -> None:
    for pin in note.pins:
        if pin.kind == "chart":
            _chart(db, note, pin.target)
            continue
        page, icon, key = {
            "paper": ("paper", ":material/article:", "id"),
            "run": ("runs", ":material/science:", "run"),
        }[pin.kind]
        st.page_link(shell.target(page), label=plain(_name(db, pin)), icon=icon, query_params={key: pin.target})
        if pin.kind == "run":
            for verdict in runs.verdicts(db, pin.target):
                with st.container(horizontal=True):
                    claims.badge(verdict.outcome)
                    st.caption(plain(claims.reason(verdict)))


def _chart(db: Database, note: notes.Note, name: str) -> None:
    try:
        picture = pictures.by_name(db, name, runs_folder=settings().runs, language=language())
    except pictures.NoPicture as error:
        st.caption(plain(str(error)))
        return
    charts.show(picture, key=f"pin-{note.id}-{name}")
