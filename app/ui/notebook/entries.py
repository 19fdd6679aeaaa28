"""How does an entry of the notebook look? What was written, what is pinned to it with its verdict, and its buttons."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from sqlite_utils import Database

from app import pictures
from app.settings import settings
from app.ui import charts, claims, moments, navigation, trouble
from app.ui import papers as listed
from app.ui.escape import plain
from app.ui.notebook import pinning
from app.ui.words import _, language, text
from core.papers.latex import readable
from core.registry import discover
from db import runs
from db.notes import Note, Pin
from db.papers import get_many
from db.records import Stored
from db.runs import Run

_EDITING, _OPENED = "editing", "editing-opened"  # which entry, and how it stood then


def draw(db: Database, entries: Sequence[Note]) -> None:
    """The entries under one another."""
    pinned = [target for note in entries for target in note.pinned("paper")]
    papers = {stored.paper.id: stored for stored in get_many(db, pinned)}
    for note in entries:
        _entry(db, note, papers)


def _entry(db: Database, note: Note, papers: dict[str, Stored]) -> None:
    with st.container(border=True, key=f"note-{note.id}", gap="small"):
        if st.session_state.get(_EDITING) == note.id:
            _edit(db, note, papers)
            return
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(gap=None, width="content"):
                st.subheader(plain(note.title), anchor=False)
                st.caption(_when(note))
            _buttons(note)
        if note.body.strip():
            # The reader's own Markdown; Streamlit shows no HTML in it.
            st.markdown(note.body)
        for pin in note.pins:
            _pin(db, note, pin, papers)


def _when(note: Note) -> str:
    written = moments.clock(note.created)
    if (note.changed - note.created).total_seconds() < 60:
        return written
    return f"{written} · " + _("changed {when}").format(when=moments.clock(note.changed))


def _buttons(note: Note) -> None:
    with st.container(horizontal=True, gap="small", width="content"):
        st.button(
            _("Edit"),
            icon=":material/edit:",
            key=f"edit-{note.id}",
            type="tertiary",
            on_click=_edit_this,
            args=(note.id,),
        )
        st.button(
            _("Delete"),
            icon=":material/delete:",
            key=f"delete-{note.id}",
            type="tertiary",
            help=_("It can be taken back at the foot of the page."),
            on_click=pinning.delete,
            args=(note,),
        )


def _edit_this(number: int | None) -> None:
    st.session_state[_EDITING] = number


def _edit(db: Database, note: Note, papers: dict[str, Stored]) -> None:
    """The entry as fields; what was not changed in them stays as another tab may have left it meanwhile."""
    of_title, of_body = f"edit-title-{note.id}", f"edit-body-{note.id}"
    if of_body not in st.session_state:
        st.session_state[_OPENED] = note
    opened: Note = st.session_state[_OPENED]
    with st.form(f"edit-form-{note.id}", border=False):
        title = st.text_input(_("Title"), opened.title, key=of_title).strip()
        body = st.text_area(_("Note"), opened.body, height="content", key=of_body)
        kept = [
            pin
            for pin in note.pins
            if st.checkbox(
                _("Keep pinned: {name}").format(name=plain(name_of(db, pin, papers))),
                value=True,
                key=f"keep-{note.id}-{pin.kind}-{pin.target}",
            )
        ]
        with st.container(horizontal=True, gap="small"):
            saved = st.form_submit_button(_("Save"), type="primary", icon=":material/check:")
            left = st.form_submit_button(_("Cancel"), type="tertiary")
    if saved:
        pinning.change(
            note,
            title=None if title in ("", opened.title) else title,
            body=None if body == opened.body else body,
            pins=kept,
        )
    if saved or left:
        _edit_this(None)
        st.rerun()


def name_of(db: Database, pin: Pin, papers: dict[str, Stored]) -> str:
    """What something pinned is called."""
    if pin.kind == "paper" and pin.target in papers:
        return readable(papers[pin.target].paper.title)
    if pin.kind == "run":
        try:
            return _name_of_run(runs.get(db, pin.target))
        except runs.UnknownRun:
            return pin.target
    return pin.target


def _name_of_run(run: Run) -> str:
    experiment = discover("core.experiments", "EXPERIMENT").get(run.experiment)
    name = experiment.title.to(language()) if experiment else run.experiment
    parts = (name, run.preset or "", _("null world") if run.null else "", run.id)
    return " · ".join(part for part in parts if part)


def _pin(db: Database, note: Note, pin: Pin, papers: dict[str, Stored]) -> None:
    if pin.kind == "chart":
        _chart(db, note, pin.target)
    elif pin.kind == "run":
        _run(db, pin, papers)
    else:
        with st.container(gap=None, key=f"pinned-{note.id}-{pin.target}"):
            _link("paper", ":material/article:", name_of(db, pin, papers), {"id": pin.target})
            if pin.target in papers:
                st.caption(plain(listed.meta_words(papers[pin.target])))
            else:
                st.caption(_("This paper is no longer in the catalog."))


def _link(page: str, icon: str, words: str, params: dict[str, str]) -> None:
    st.page_link(navigation.target(page), label=plain(words), icon=icon, query_params=params)


def _run(db: Database, pin: Pin, papers: dict[str, Stored]) -> None:
    """A run, and each claim that it decided with its verdict."""
    _link("runs", ":material/science:", name_of(db, pin, papers), {"run": pin.target})
    try:
        run = runs.get(db, pin.target)
    except runs.UnknownRun:
        st.caption(_("There is no such run."))
        return
    experiment = discover("core.experiments", "EXPERIMENT").get(run.experiment)
    sentences = {claim.id: text(claim.sentence) for claim in experiment.claims} if experiment else {}
    for verdict in runs.verdicts(db, pin.target):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            claims.badge(verdict.outcome, null=verdict.null)
            st.markdown(sentences.get(verdict.claim, plain(verdict.claim)), width="content")
        st.caption(plain(claims.reason(verdict)))


def _chart(db: Database, note: Note, name: str) -> None:
    try:
        picture = pictures.by_name(db, name, runs_folder=settings().runs, language=language())
    except pictures.NoPicture as error:
        st.caption(plain(trouble.told(error)))
        return
    charts.show(picture, key=f"pin-{note.id}-{name}")
    if name.startswith("run:"):
        run = name.removeprefix("run:").partition("#")[0]
        _link("runs", ":material/science:", _("The run of this chart"), {"run": run})
