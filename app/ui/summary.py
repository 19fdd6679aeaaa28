"""What did a language model write about a paper, and how is it taken over? Always labelled as a model's words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st
from sqlite_utils import Database

from app import summarising
from app.settings import settings
from app.ui import style, trouble, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language
from core.papers.source import SourceError
from core.papers.tags import TagKind
from core.papers.taxonomy import entry
from db import summaries, tags
from db.records import Stored
from db.rows import UnknownPaper
from db.summaries import Summary


def told(db: Database, papers: Sequence[Stored]) -> dict[str, tuple[str, str]]:
    """What a model has told of papers in the visitor's language, and by which it is written, by id; as plain text."""
    found = summaries.latest(db, [stored.paper.id for stored in papers], language())
    return {paper_id: (said.summary, _by(said)) for paper_id, said in found.items()}


def under_titles(db: Database, papers: Sequence[Stored]) -> dict[str, str]:
    """The same as HTML for the papers of a list."""
    look = "font-size:.9rem;max-width:100ch"
    return {
        paper_id: f'<div class="tl-abstract" style="{look}">{escape(words)} '
        f'<span class="tl-meta">({escape(by)})</span></div>'
        for paper_id, (words, by) in told(db, papers).items()
    }


def section(db: Database, stored: Stored) -> None:
    """What a model has told of the paper, what it would file it under, and a button that asks the model."""
    said = summaries.latest(db, [stored.paper.id], language()).get(stored.paper.id)
    found = settings()
    asks = summarising.is_configured(found) and bool(stored.paper.abstract)
    if said is None and not asks:
        return
    st.subheader(_("In two sentences"), anchor=False)
    if said is not None:
        st.html(f'<div class="tl-abstract">{escape(said.summary)}</div>')
        st.caption(_source(said, stored))
        _proposals(db, stored)
    if asks:
        _button(db, stored, said, found.llm_model)


def _by(said: Summary) -> str:
    return _("written by {model}").format(model=said.model)


def _source(said: Summary, stored: Stored) -> str:
    """Who wrote it and when, as Markdown."""
    words = _("Written by the language model {model} on {day}; no person has checked it.")
    line = words.format(model=plain(said.model), day=f"{said.told:%Y-%m-%d}")
    if said.version is None or said.version == stored.paper.version:
        return line
    older = _("It read version {version} of the paper.").format(version=said.version)
    return f"{line} {older}"


def _button(db: Database, stored: Stored, said: Summary | None, model: str) -> None:
    """Ask the model of the settings, here and now."""
    again = said is not None and said.model == model
    label = (_("Again by {model}") if again else _("Two sentences by {model}")).format(model=plain(model))
    pressed = st.button(label, icon=":material/smart_toy:", key="summarise", type="tertiary" if again else "secondary")
    if pressed:
        try:
            with st.spinner(_("The model reads the abstract …"), show_time=True):
                summarising.tell(db, summarising.open_chat(settings()), stored.paper, language())
        except SourceError as error:
            st.error(_("The model gave no summary: {why}").format(why=plain(str(error))), icon=":material/error:")
        else:
            st.rerun()
    elif failure := summaries.last_failure(db, stored.paper.id, language=language(), model=model):
        words = _("The last try, on {day}, failed: {why}")
        st.caption(words.format(day=f"{failure.failed:%Y-%m-%d}", why=plain(failure.why)))


def _proposals(db: Database, stored: Stored) -> None:
    """Where the model would file the paper; one click makes it the person's own word."""
    proposed = summaries.proposals(db, stored.paper.id)
    if not proposed:
        return
    names: dict[TagKind, str] = {"stage": _("Stage"), "topic": _("Topics"), "application": _("Fields")}
    rows = st.container(gap="xxsmall")
    rows.caption(_("The model would file it under:"))
    for kind, values in proposed.items():
        chips = "".join(style.chip(kind, value, soft=kind != "stage") for value in values)
        with rows.container(horizontal=True, vertical_alignment="center", gap="small", key=f"proposed-{kind}"):
            words = f'<span class="tl-meta">{escape(names[kind])}</span>'
            st.html(f'<div class="tl-chips">{words}{chips}</div>', width="content")
            if set(values) == set(stored.values(kind)):
                st.caption(_("filed so"), width="content")
            else:
                st.button(
                    _("File so"),
                    key=f"file-so-{kind}",
                    type="tertiary",
                    icon=":material/check:",
                    on_click=_file_so,
                    args=(stored.paper.id, kind, values),
                )


def _file_so(paper_id: str, kind: TagKind, values: Sequence[str]) -> None:
    """Make a proposal the person's correction, and offer to take that back."""
    db = catalog()
    try:
        change = tags.correct(db, paper_id, kind, values)
    except UnknownPaper as error:
        st.toast(plain(trouble.told(error)), icon=":material/error:")
        return
    names = ", ".join(entry(kind, value).name.to(language()) for value in values)
    undo.record(_("Filed under: {names}").format(names=plain(names)), partial(tags.undo, change=change))
