"""What happens at one stage of the pipeline? Its place on the map, what its papers do, and what can be tried."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app import trend_pictures
from app.ui import asking, charts, correcting, finding, following, lab, notebook, papers, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.period import last_days
from app.ui.words import _, language, text
from core.papers.taxonomy import stages, topics
from core.registry import discover
from db import visits
from db.listing import listed
from db.records import Filters

ICONS = {
    "build": ":material/foundation:",
    "adapt": ":material/tune:",
    "align": ":material/balance:",
    "ask": ":material/forum:",
}
PAPERS_SHOWN = 8
TREND_DAYS = 365


def page(stage: str, *, order: int) -> Page:
    """The page of one stage."""
    found = stages()[stage]
    return Page(
        id=stage,
        title=found.name,
        icon=ICONS[stage],
        section="pipeline",
        order=order,
        render=lambda: render(stage),
    )


def render(stage: str) -> None:
    """Map, experiments, trend and papers of one stage."""
    found = stages()[stage]
    db = catalog()
    st.title(text(found.name))
    pipeline.draw(stage)
    st.markdown(text(found.definition))
    asking.on_stage(db, stage)
    tabs = st.tabs([_("Experiments"), _("Papers"), _("Trend")], key=f"tabs-{stage}", on_change="rerun")
    drawers = (lambda: _experiments(db, stage), lambda: _papers(db, stage), lambda: _trend(db, stage))
    for tab, draw in zip(tabs, drawers, strict=True):
        if tab.open:
            with tab:
                draw()


def _experiments(db: Database, stage: str) -> None:
    mine = [item for item in discover("core.experiments", "EXPERIMENT").values() if item.stage == stage]
    if not mine:
        st.info(_("No experiment tests a claim of this stage yet."), icon=":material/science_off:")
        return
    lab.cards(db, mine)


def _papers(db: Database, stage: str) -> None:
    topic = st.pills(
        _("Topic"),
        list(topics(stage)),
        format_func=lambda key: text(topics(stage)[key].name),
        key=f"topic-{stage}",
        label_visibility="collapsed",
    )
    key = f"pages-{stage}-{topic}"
    offset = (int(st.session_state.get(key) or 1) - 1) * PAPERS_SHOWN
    found = listed(db, Filters(stage=stage, topic=topic), limit=PAPERS_SHOWN, offset=offset)
    if not found.n:
        st.info(_("No paper here yet. Sync on the Inbox to pull new ones."), icon=":material/inbox:")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if found.n > PAPERS_SHOWN:
            st.pagination(-(-found.n // PAPERS_SHOWN), key=key)
        query = finding.query_of(Filters(stage=None if topic else stage, topic=topic))
        following.button(query, following.found(db, query))
        correcting.toggle(stage)
    papers.listing(db, found.papers, scope=stage, since=visits.last(db))


def _trend(db: Database, stage: str) -> None:
    first, last = last_days(db, TREND_DAYS)
    st.caption(_("Share of papers by topic and month, counted by the day of the first version."))
    picture = trend_pictures.of_trend(
        db,
        "topic",
        by="month",
        since=first.replace(day=1),
        until=last,
        language=language(),
        only=list(topics(stage)),
    )
    if picture is None:
        words = _("No paper here yet. Sync on the Inbox to pull new ones.")
        st.info(words, icon=":material/show_chart:")
        return
    charts.show(picture, key=f"trend-{stage}")
    notebook.pin_button(db, kind="chart", target=picture.name, scope=stage)
