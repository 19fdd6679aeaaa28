"""One paper: what it says, whether it holds, where it stands, what was made of it, and how it was filed."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st
from sqlite_utils import Database

from app.ui import correcting, following, overview, papers, pipeline, quoting, similar, style
from app.ui import summary as by_model
from app.ui.catalog import catalog
from app.ui.notebook import pinning
from app.ui.page import Page
from app.ui.paper import citing, facts, heading, moving, noting, tested
from app.ui.words import _
from core.language import Text
from core.papers.ids import parse_arxiv_id
from core.papers.tags import Tag
from db import tags
from db.papers import get
from db.records import Stored

_LOOKS = Path(heading.__file__).with_name("paper.css")


def render() -> None:
    """The paper named in the address."""
    wanted = st.query_params.get("id", "")
    db = catalog()
    try:
        stored = get(db, parse_arxiv_id(wanted).base) if wanted else None
    except ValueError:
        st.title(_("Paper"))
        words = _("This address has no arXiv number that could be read. A number looks like 2305.18290.")
        st.error(words, icon=":material/link_off:")
        return
    if stored is None:
        st.title(_("Paper"))
        st.info(
            _("This paper is not in the catalog. Open one from the Inbox, or sync first."), icon=":material/search_off:"
        )
        return
    st.html(_LOOKS)
    held = stored.values("stage")
    pipeline.draw(held[0] if held else None)
    moving.draw(stored.paper.id)
    _head(db, stored)
    with st.container(key="paper-columns"):
        left, right = st.columns((2, 1), gap="large")
    with left:
        _body(db, stored)
        overview.section(db, stored.paper)
        tested.section(db, stored)
        facts.versions(db, stored)
    with right:
        noting.section(db, stored)
        _filing(db, stored)
        facts.dates(stored)
    with left:  # last, for it may take a moment
        similar.section(db, stored)


def _head(db: Database, stored: Stored) -> None:
    """Title, authors, where it can be read, and what can be done with it."""
    st.title(heading.title(stored.paper), anchor=False)
    heading.authors(stored.paper)
    heading.line(stored)
    heading.links(stored.paper)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="paper-actions"):
        papers.buttons(db, stored, "paper")
        pinning.pin_button(db, kind="paper", target=stored.paper.id, scope="paper")
        citing.popover(stored)
        following.of_paper(db, stored)


def _body(db: Database, stored: Stored) -> None:
    paper = stored.paper
    quote = quoting.wanted()
    # A quote may be of the summary in the other language.
    told = next((words for words in (paper.summary or {}).values() if quoting.stands_in(words, quote)), None)
    told = told or papers.summary(paper)
    if quote and not any(quoting.stands_in(words, quote) for words in (paper.title, paper.abstract, told)):
        st.caption(_("The passage of this link does not stand in the paper as it is now; it may have changed."))
    if told:
        st.subheader(_("In three sentences") if "starter" in stored.sources else _("Summary"), anchor=False)
        st.html(f'<div class="tl-abstract">{quoting.marked(told, quote)}</div>')
    by_model.section(db, stored)
    if paper.abstract:
        st.subheader(_("Abstract"), anchor=False)
        st.html(f'<div class="tl-abstract">{quoting.marked(paper.abstract, quote)}</div>')
    elif told:
        st.caption(_("The abstract comes with the next sync that meets this paper; until then read it on arXiv."))


def _reason(tag: Tag) -> str:
    """Why a paper is filed so: the phrases that caused it, or who said so."""
    if tag.origin == "curated":
        return _("filed by hand in the starter catalog")
    if tag.origin == "person":
        return _("your correction")
    phrases = ", ".join(f"“{item.phrase}”" for item in tag.evidence[:8])
    return f"{tag.confidence:.0%} {phrases}"


def _filing(db: Database, stored: Stored) -> None:
    st.subheader(_("Filed under"), anchor=False)
    for tag in stored.tags:
        chip = style.chip(tag.kind, tag.value, soft=tag.kind != "stage")
        st.html(f'<div class="tl-chips">{chip} <span class="tl-meta">{escape(_reason(tag))}</span></div>')
    if not stored.tags:
        corrected = "stage" in tags.corrected(db, stored.paper.id)
        st.caption(
            _("Nothing, by your correction.") if corrected else _("Nothing: no phrase speaks for a language model.")
        )
    correcting.popover(db, stored)


PAGE = Page(
    id="paper",
    title=Text("Paper", "논문"),
    icon=":material/article:",
    section="read",
    order=9,
    render=render,
    listed=False,
)
