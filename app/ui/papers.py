"""How does a list of papers read? Title first, then where it belongs, then the abstract on a tap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from html import escape

import streamlit as st
from sqlite_utils import Database

from app.ui import correcting, navigation, style, trouble, undo
from app.ui import summary as by_model
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language
from core.papers.ids import month_of
from core.papers.latex import readable
from core.papers.paper import Paper
from core.papers.tags import Tag
from db import reading
from db.papers import get
from db.records import State, Stored
from db.rows import UnknownPaper

AUTHORS_SHOWN = 3


def day(paper: Paper) -> str:
    """The v1 day, or the month where only the id tells of it."""
    if paper.submitted is not None:
        return f"{paper.submitted:%Y-%m-%d}"
    year, month = month_of(paper.id)
    return f"{year}-{month:02d}"


def authors(paper: Paper, shown: int = AUTHORS_SHOWN) -> str:
    """The first authors, and et al. where there are more."""
    if not paper.authors:
        return _("authors unknown")
    names = ", ".join(paper.authors[:shown])
    return f"{names} et al." if len(paper.authors) > shown and paper.authors[shown - 1] != "et al." else names


def summary(paper: Paper) -> str | None:
    """The summary in the visitor's language, or in the one there is."""
    if not paper.summary:
        return None
    return paper.summary.get(language()) or next(iter(paper.summary.values()))


def chips(stored: Stored) -> str:
    """HTML of a paper's tags; hovering shows the phrases that caused each."""
    parts = []
    for tag in stored.tags:
        parts.append(style.chip(tag.kind, tag.value, soft=tag.kind != "stage", hint=hint(tag)))
    none = _("no language-model stage")
    return "".join(parts) or f'<span class="tl-meta">{escape(none)}</span>'


def hint(tag: Tag) -> str:
    """Why a paper has a tag: how sure that is, and the phrases that caused it."""
    phrases = ", ".join(f"“{item.phrase}”" for item in tag.evidence[:6])
    sure = f"{tag.confidence:.0%}"
    return f"{sure} · {phrases}" if phrases else sure


def meta(stored: Stored) -> str:
    """HTML of the line under a title."""
    return f'<span class="tl-meta">{escape(meta_words(stored))}</span>'


def meta_words(stored: Stored) -> str:
    """The line under a title: day, authors, category, votes."""
    paper = stored.paper
    parts = [day(paper), authors(paper), paper.primary_category or ""]
    if paper.upvotes:
        parts.append(f"▲ {paper.upvotes:,}")
    if paper.stars:
        parts.append(f"★ {paper.stars:,}")
    if paper.withdrawn:
        parts.append(_("withdrawn"))
    return " · ".join(part for part in parts if part)


def listing(db: Database, papers: Sequence[Stored], *, scope: str, since: datetime | None = None) -> None:
    """Draw the papers with their reading buttons.

    :param scope: tells this list's widgets from another's on the same page.
    :param since: papers that came after it are marked as new.
    """
    told = by_model.under_titles(db, papers)
    for stored in papers:
        _row(db, stored, scope, new=since is not None and stored.seen > since, told=told.get(stored.paper.id))
    if papers and correcting.is_on(scope):
        correcting.bar(papers, scope)


def _row(db: Database, stored: Stored, scope: str, new: bool, told: str | None) -> None:
    paper = stored.paper
    key = f"{scope}-{paper.id}"
    with st.container(border=True, key=f"paper-{key}", gap="xsmall"):
        if correcting.is_on(scope):
            with st.container(horizontal=True, gap="small", key=f"boxed-{key}"):
                correcting.box(stored, scope)
                _title(paper)
        else:
            _title(paper)
        words = _("new")
        mark = f'<span class="tl-new">{escape(words)}</span>' if new else ""
        st.html(f'<div class="tl-chips">{mark}{meta(stored)}{chips(stored)}</div>')
        if told:
            st.html(told)
        buttons(db, stored, scope, body=paper.abstract or summary(paper))


def _title(paper: Paper) -> None:
    st.page_link(navigation.target("paper"), label=plain(readable(paper.title)), query_params={"id": paper.id})


def buttons(db: Database, stored: Stored, scope: str, *, body: str | None = None) -> None:
    """Read, save, skip, star: pressing the one that is on takes it back. Before them, `body` to open in place."""
    looks: dict[State, tuple[str, str]] = {
        "read": (_("Read"), ":material/check:"),
        "saved": (_("Save"), ":material/bookmark:"),
        "skip": (_("Skip"), ":material/visibility_off:"),
    }
    key = f"{scope}-{stored.paper.id}"
    opened = False
    with st.container(horizontal=True, gap="small"):
        if body:
            opened = bool(st.session_state.get(f"open-{key}"))
            st.button(
                _("Abstract") if stored.paper.abstract else _("Summary"),
                icon=":material/expand_less:" if opened else ":material/expand_more:",
                key=f"abstract-{key}",
                type="tertiary",
                on_click=_open,
                args=(f"open-{key}", not opened),
            )
        for state, (label, icon) in looks.items():
            on = stored.state == state
            st.button(
                label,
                icon=icon,
                key=f"{state}-{key}",
                type="primary" if on else "tertiary",
                on_click=set_state,
                args=(stored.paper.id, None if on else state),
            )
        st.button(
            _("Star"),
            icon=":material/star:",
            key=f"star-{key}",
            type="primary" if stored.star else "tertiary",
            on_click=star,
            args=(stored.paper.id,),
        )
    if opened and body:
        st.html(f'<div class="tl-abstract">{escape(readable(body))}</div>')


def _open(key: str, opened: bool) -> None:
    st.session_state[key] = opened


def set_state(paper_id: str, state: State | None) -> None:
    """Mark a paper, and offer to take it back."""
    words = {
        "read": _("Read: {title}"),
        "saved": _("Saved: {title}"),
        "skip": _("Skipped: {title}"),
        None: _("Unread again: {title}"),
    }[state]
    db = catalog()
    try:
        _offer_undo(db, words, reading.set_state(db, paper_id, state))
    except UnknownPaper as error:
        st.toast(plain(trouble.told(error)), icon=":material/error:")


def star(paper_id: str) -> None:
    """Star a paper or take its star away, and offer to take that back."""
    db = catalog()
    try:
        change = reading.toggle_star(db, paper_id)
    except UnknownPaper as error:
        st.toast(plain(trouble.told(error)), icon=":material/error:")
        return
    _offer_undo(db, _("Starred: {title}") if change.after.star else _("Star taken away: {title}"), change)


def _offer_undo(db: Database, words: str, change: reading.Change) -> None:
    stored = get(db, change.paper)
    title = change.paper if stored is None else readable(stored.paper.title)
    undo.record(words.format(title=undo.short(title)), partial(reading.undo, change=change))
