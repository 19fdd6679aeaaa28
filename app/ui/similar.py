"""Which papers should be read beside this one? Title, day, and in short what makes each similar."""

from __future__ import annotations

from html import escape

import streamlit as st
from sqlite_utils import Database

from app.settings import settings
from app.similar import Near, similar
from app.ui import navigation, papers, style
from app.ui.escape import plain
from app.ui.words import _
from core.papers.latex import readable
from db.records import Stored


def section(db: Database, stored: Stored) -> None:
    """Draw the papers that are most like this one."""
    st.subheader(_("Similar papers"), anchor=False)
    encoder = settings().embedding_model
    with st.spinner(_("Looking for similar papers …"), show_time=bool(encoder)):
        found = similar(db, stored.paper.id, embedding_model=encoder)
    if found.note:
        st.caption(f":material/info: {plain(found.note)}")
    if not found.known:
        st.caption(_("None can be found: no word of its title and abstract is known. An English abstract helps."))
    elif not found.papers:
        st.caption(_("No paper in the catalog is similar enough."))
    for near in found.papers:
        _row(near)


def _row(near: Near) -> None:
    paper = near.stored.paper
    with st.container(key=f"similar-{paper.id}", gap=None):
        st.page_link(navigation.target("paper"), label=plain(readable(paper.title)), query_params={"id": paper.id})
        said = [papers.day(paper), ", ".join(map(readable, near.words))]
        if paper.withdrawn:
            said.append(_("withdrawn"))
        chips = "".join(style.chip(tag.kind, tag.value, soft=True) for tag in near.tags)
        words = escape(" · ".join(part for part in said if part))
        st.html(f'<div class="tl-chips"><span class="tl-meta">{words}</span>{chips}</div>')
