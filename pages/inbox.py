"""What is new, and what of it do I want to read?"""

from __future__ import annotations

import streamlit as st

from app.ui import filters, papers, pipeline, sync
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _, n_
from core.language import Text
from db.papers import browse, count
from db.records import Filters

PAGE_SIZE = 20


def render() -> None:
    """Filters, then the papers, newest first."""
    st.title(_("Inbox"))
    pipeline.draw()
    db = catalog()
    sync.health(db)
    chosen = filters.bar(db)
    total = count(db, chosen)
    if not total:
        _nothing(bool(count(db, Filters())))
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(n_("{n} paper", "{n} papers", total))
        page = st.pagination(max(1, -(-total // PAGE_SIZE)), key="inbox-page") if total > PAGE_SIZE else 1
    papers.listing(
        db, browse(db, filters=chosen, limit=PAGE_SIZE, offset=(int(page or 1) - 1) * PAGE_SIZE), scope="inbox"
    )


def _nothing(catalog_has_papers: bool) -> None:
    if catalog_has_papers:
        st.info(_("No paper fits these filters. Clear some of them to see more."), icon=":material/filter_alt_off:")
    else:
        st.info(
            _("The catalog is empty. Press Sync to pull new papers, or import files with: python -m app import PATH"),
            icon=":material/inbox:",
        )


PAGE = Page(
    id="inbox", title=Text("Inbox", "받은 논문"), icon=":material/inbox:", section="read", order=0, render=render
)
