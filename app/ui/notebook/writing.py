"""Where is a new entry written? In a draft that waits: it outlives a look at another page, a reload and a restart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app.ui import papers, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.notebook import entries, pinning
from app.ui.words import _
from core.papers.latex import readable
from db import runs
from db.connect import transaction
from db.notes import Pin
from db.papers import get_many
from db.search import search
from db.settings import read_setting, write_setting

_KEPT = "notebook-draft"  # among the settings
_TITLE, _BODY, _PINS, _LOOKED = "draft-title", "draft-body", "draft-pins", "draft-search"
_FIELDS = {"title": _TITLE, "body": _BODY, "pins": _PINS}  # what is kept, and where the page has it
OFFERED = 5  # papers, and as many runs, that a search for something to pin offers


def draw(db: Database) -> None:
    """The draft as fields, what is pinned to it, and the button that makes an entry of it."""
    _load(db)
    tabs = st.tabs([_("Write"), _("Preview")])
    with tabs[0]:
        st.text_area(
            _("Note"),
            placeholder=_("What do you make of it? Markdown."),
            height="content",
            key=_BODY,
            on_change=_keep,
            args=("body",),
            label_visibility="collapsed",
        )
    with tabs[1]:
        # The reader's own Markdown; Streamlit shows no HTML in it.
        st.markdown(st.session_state[_BODY].strip() or _("Nothing to show yet."))
    _pinned(db)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.text_input(
            _("Title"),
            placeholder=pinning.today(),
            key=_TITLE,
            on_change=_keep,
            args=("title",),
            label_visibility="collapsed",
            width=320,
        )
        st.button(
            _("Write it down"),
            type="primary",
            icon=":material/edit_note:",
            key="draft-write",
            shortcut="Mod+Enter",
            on_click=_write,
        )
        with st.popover(_("Pin to it"), icon=":material/push_pin:", key="draft-find", on_change="rerun") as finder:
            if finder.open:
                _find(db)


def _load(db: Database) -> None:
    """Fill the fields from what was kept, where this page does not have them yet."""
    if all(key in st.session_state for key in (_TITLE, _BODY, _PINS)):
        return
    for name, value in _kept(db).items():
        st.session_state[_FIELDS[name]] = value


def _kept(db: Database) -> dict[str, Any]:
    """The draft that is kept, by field."""
    kept: dict[str, Any] = json.loads(read_setting(db, _KEPT) or "{}")
    pins = [Pin(kind, target) for kind, target in kept.get("pins", [])]
    return {"title": kept.get("title", ""), "body": kept.get("body", ""), "pins": pins}


def _keep(name: str) -> None:
    """Keep one field as it stands; the others may have been written in another tab."""
    db = catalog()
    with transaction(db):
        held = _kept(db) | {name: st.session_state[_FIELDS[name]]}
        write_setting(db, _KEPT, json.dumps(held, ensure_ascii=False))


def _let_go(written: dict[str, Any]) -> None:
    """Keep no longer what was written down; what another tab has put in its place stays."""
    db = catalog()
    empty = {"title": "", "body": "", "pins": []}
    with transaction(db):
        held = {name: empty[name] if value == written[name] else value for name, value in _kept(db).items()}
        write_setting(db, _KEPT, json.dumps(held, ensure_ascii=False))


def _write() -> None:
    draft = {name: st.session_state[key] for name, key in _FIELDS.items()}
    title, body, pins = draft["title"], draft["body"], draft["pins"]
    if not (title.strip() or body.strip() or pins):
        st.toast(_("Write something first, or pin something."), icon=":material/edit_note:")
        return
    pinning.write(title, body, pins)
    st.session_state[_TITLE] = st.session_state[_BODY] = ""
    st.session_state[_PINS] = []
    _let_go(draft)


def _pinned(db: Database) -> None:
    """What will be pinned, each with a button that takes it off."""
    pins: Sequence[Pin] = st.session_state[_PINS]
    found = {stored.paper.id: stored for stored in get_many(db, [pin.target for pin in pins if pin.kind == "paper"])}
    for pin in pins:
        st.button(
            undo.short(entries.name_of(db, pin, found)),
            icon=":material/close:",
            key=f"unpin-{pin.kind}-{pin.target}",
            type="tertiary",
            help=_("Take it off"),
            on_click=_take_off,
            args=(pin,),
        )


def _take_off(pin: Pin) -> None:
    st.session_state[_PINS] = [other for other in st.session_state[_PINS] if other != pin]
    _keep("pins")


def _put_on(pin: Pin) -> None:
    st.session_state[_PINS] = list(dict.fromkeys((*st.session_state[_PINS], pin)))
    _keep("pins")


def _find(db: Database) -> None:
    """Papers that fit some words, and runs; the newest runs before anything was typed."""
    words = st.text_input(_("A paper or a run"), key=_LOOKED, placeholder=_("words of a title, or an arXiv number"))
    offered: dict[Pin, str] = {}
    if words.strip():
        for stored, _score in search(db, words, limit=OFFERED).hits:
            name = f"{readable(stored.paper.title)} · {papers.day(stored.paper)}"
            offered[Pin("paper", stored.paper.id)] = name
    for run in runs.find(db, limit=OFFERED * 10):
        name = entries.name_of(db, Pin("run", run.id), {})
        if words.strip().lower() in name.lower() and sum(pin.kind == "run" for pin in offered) < OFFERED:
            offered[Pin("run", run.id)] = name
    for pin, name in offered.items():
        st.button(
            plain(name),
            icon=":material/article:" if pin.kind == "paper" else ":material/science:",
            key=f"put-on-{pin.kind}-{pin.target}",
            type="tertiary",
            wrap=True,
            on_click=_put_on,
            args=(pin,),
        )
    if not offered:
        st.caption(_("Nothing fits. Charts are pinned where they stand."))
