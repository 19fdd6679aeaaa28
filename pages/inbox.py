"""What is new, and what of it do I want to read?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import streamlit as st
from sqlite_utils import Database

from app.ui import address, asking, filters, finding, following, looking, moments, pipeline, results, sync
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text
from db import visits
from db.listing import listed
from db.papers import count
from db.records import NEW, Filters

MOST_NEW = 999  # papers that are counted as new
SECONDS = 0.3  # that counting them may take


def render() -> None:
    """The search box and the filters, then the papers."""
    address.begin("inbox", foreign="id")
    st.title(_("Inbox"))
    pipeline.draw()
    db = catalog()
    sync.health(db)
    asking.box(db)
    news = st.container()
    words = finding.box()
    chosen = replace(filters.bar(db), text=words)
    query = finding.query_of(chosen)
    follow = looking.at(db, query)
    since = visits.last(db) if follow is None else follow.visited
    chosen = replace(chosen, visited=since)
    chosen = replace(chosen, state=filters.state(_new(db, chosen)))
    if not results.draw(db, chosen, since=since, tools=lambda: following.button(query, follow)):
        _nothing(bool(count(db, Filters())))
    address.end("inbox")
    # Last, so that the papers do not wait for it.
    with news:
        looking.news(db, _ask)


def _new(db: Database, chosen: Filters) -> str | None:
    """What the choice of new papers is called; None on the first visit, when all are."""
    since: datetime | None = chosen.visited
    if since is None:
        return None
    found = listed(db, replace(chosen, state=NEW), limit=0, most=MOST_NEW, seconds=SECONDS)
    n = f"{found.n}+" if found.more else f"{found.n}"
    return _("New since {when} · {n}").format(when=moments.when(since), n=n)


def _nothing(catalog_has_papers: bool) -> None:
    if catalog_has_papers:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(_("No paper fits these filters. Clear some of them to see more."))
            st.button(_("Show everything"), icon=":material/filter_alt_off:", on_click=_ask, args=("",))
    else:
        st.info(
            _("The catalog is empty. Press Sync to pull new papers, or import files with: python -m app import PATH"),
            icon=":material/inbox:",
        )


def _ask(words: str) -> None:
    """Ask for these words and for nothing else."""
    finding.put(words)
    filters.clear()


PAGE = Page(
    id="inbox", title=Text("Inbox", "받은 논문"), icon=":material/inbox:", section="read", order=0, render=render
)
