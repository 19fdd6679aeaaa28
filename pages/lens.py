"""How good is the tagger, what have I corrected, and what has it learned from that?"""

from __future__ import annotations

from html import escape

import streamlit as st
from sqlite_utils import Database

from app.ui import correcting, lens_figures, navigation, pipeline, retraining, style
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.page import Page
from app.ui.words import _
from core.language import Text
from core.papers.latex import readable
from core.papers.tags import TagKind
from db import tags
from db.papers import get_many
from db.records import Stored

PAGE_SIZE = 5
_PAGE = "corrections-page"  # the one that is open


def render() -> None:
    """The corrections, what the tagger makes of them, and the figures that it was shipped with."""
    st.title(_("Stage lens"))
    pipeline.draw()
    st.markdown(
        _("A small model files every paper under the stages it is about, and says which phrases made it do so.")
    )
    db = catalog()
    left, right = st.columns((1, 1), gap="large")
    with left:
        st.subheader(_("What you corrected"), anchor=False)
        _corrections(db)
    with right:
        st.subheader(_("What it learned from that"), anchor=False)
        retraining.panel()
    st.subheader(_("How good it is as shipped"), anchor=False)
    lens_figures.draw()


def _corrections(db: Database) -> None:
    said: dict[str, dict[TagKind, tuple[str, ...]]] = {}
    for kind in tags.KINDS:
        for paper_id, values in tags.corrections(db, kind).items():
            said.setdefault(paper_id, {})[kind] = values
    if not said:
        words = _(
            "Nothing yet. Press Select on the Inbox to file several papers at once, or Correct on a paper's page."
        )
        st.info(words, icon=":material/edit:")
        return
    pages = -(-len(said) // PAGE_SIZE)
    # Another number of pages is another widget: the old one would fall back to the first page.
    pager = f"corrections-page-{pages}"
    page = st.session_state[_PAGE] = min(pages, int(st.session_state.get(pager) or st.session_state.get(_PAGE, 1)))
    shown = list(said)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    before = tags.otherwise(db, shown)
    st.caption(_("{n} papers. Your word stands whatever the tagger says.").format(n=f"{len(said):,}"))
    for stored in get_many(db, shown):
        _row(stored, before[stored.paper.id], said[stored.paper.id])
    if pages > 1:
        st.pagination(pages, default=page, key=pager)


def _row(stored: Stored, before: dict[TagKind, tuple[str, ...]], after: dict[TagKind, tuple[str, ...]]) -> None:
    paper = stored.paper
    with st.container(border=True, key=f"paper-correction-{paper.id}", gap="xsmall"):
        st.page_link(navigation.target("paper"), label=plain(readable(paper.title)), query_params={"id": paper.id})
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            lines = "".join(
                f'<div class="tl-chips">{_chips(kind, before.get(kind, ()))} → {_chips(kind, values)}</div>'
                for kind, values in after.items()
            )
            st.html(lines, width="content")
            st.button(
                _("Take back"),
                icon=":material/undo:",
                key=f"uncorrect-{paper.id}",
                type="tertiary",
                on_click=correcting.take_back,
                args=(paper.id,),
            )


def _chips(kind: TagKind, values: tuple[str, ...]) -> str:
    nothing: dict[TagKind, str] = {"stage": _("no stage"), "topic": _("no topic"), "application": _("no field")}
    chips = "".join(style.chip(kind, value, soft=kind != "stage") for value in values)
    return chips or f'<span class="tl-meta">{escape(nothing[kind])}</span>'


PAGE = Page(
    id="lens",
    title=Text("Stage lens", "단계 렌즈"),
    icon=":material/center_focus_strong:",
    section="read",
    order=3,
    render=render,
)
