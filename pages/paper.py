"""One paper: what it says, where it stands, what was made of it, and how it was filed."""

from __future__ import annotations

from html import escape

import streamlit as st
from sqlite_utils import Database

from app.ui import claims, correcting, following, notebook, overview, papers, pipeline, quoting, similar, style
from app.ui import summary as by_model
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.page import Page
from app.ui.words import _
from core.language import Text
from core.papers.ids import parse_arxiv_id
from core.papers.latex import readable
from core.papers.tags import Tag
from db import tags
from db.papers import get
from db.records import Stored


def render() -> None:
    """The paper named in the address."""
    wanted = st.query_params.get("id", "")
    db = catalog()
    try:
        stored = get(db, parse_arxiv_id(wanted).base) if wanted else None
    except ValueError as error:
        st.error(str(error))
        return
    if stored is None:
        st.title(_("Paper"))
        st.info(
            _("This paper is not in the catalog. Open one from the Inbox, or sync first."), icon=":material/search_off:"
        )
        return
    held = stored.values("stage")
    pipeline.draw(held[0] if held else None)
    st.title(plain(readable(stored.paper.title)), anchor=False)
    st.html(f'<div class="tl-chips">{papers.meta(stored)}{papers.chips(stored)}</div>')
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        papers.buttons(db, stored, "paper")
        following.of_paper(db, stored)
    left, right = st.columns((2, 1), gap="large")
    with left:
        _body(db, stored)
        overview.section(db, stored.paper)
        claims.tested_for(db, stored)
    with right:
        _facts(stored)
        _filing(db, stored)
        notebook.quick_entry(db, paper=stored.paper.id, title=stored.paper.title)
    with left:  # last, for it may take a moment
        similar.section(db, stored)


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


def _facts(stored: Stored) -> None:
    paper = stored.paper
    st.subheader(_("Facts"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        st.link_button("arXiv", f"https://arxiv.org/abs/{paper.id}", icon=":material/open_in_new:")
        st.link_button("PDF", f"https://arxiv.org/pdf/{paper.id}", icon=":material/picture_as_pdf:")
        for link in paper.links:
            if link.kind != "thumbnail" and link.url.startswith(("https://", "http://")):
                st.link_button(_link_name(link.kind), link.url, icon=":material/link:")
    rows = {
        "arXiv": paper.id + (f"v{paper.version}" if paper.version else ""),
        _("Authors"): papers.authors(paper, shown=30),
        _("Categories"): ", ".join(paper.categories),
        _("Submitted"): papers.day(paper),
        _("Updated"): f"{paper.updated:%Y-%m-%d}" if paper.updated else "",
        _("Announced"): str(paper.announced or ""),
        _("On Hugging Face"): str(paper.listed or ""),
        _("Comment"): readable(paper.comment or ""),
        "DOI": paper.doi or "",
        _("Journal"): paper.journal_ref or "",
        _("Told of by"): ", ".join(stored.sources),
    }
    cells = "".join(
        f'<div style="margin:.15rem 0"><span class="tl-meta">{escape(name)}</span> {escape(value)}</div>'
        for name, value in rows.items()
        if value
    )
    st.html(f'<div style="font-size:.9rem;overflow-wrap:anywhere">{cells}</div>')


def _link_name(kind: str) -> str:
    names = {
        "code": _("Code"),
        "project": _("Project"),
        "model": _("Model"),
        "dataset": _("Data set"),
        "space": _("Demo"),
    }
    return names.get(kind, kind)


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
