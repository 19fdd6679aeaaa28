"""What happens at one stage of the pipeline? Its place on the map, what rises there, what can be tried, its papers."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app import trend_pictures
from app.ui import (
    address,
    asking,
    charts,
    correcting,
    finding,
    following,
    lab,
    navigation,
    notebook,
    papers,
    pipeline,
    predicting,
    rising,
)
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.period import last_days
from app.ui.words import _, language, n_, text
from core.papers.taxonomy import stages, topics
from db import visits
from db.listing import listed
from db.records import Filters

ICONS = {
    "build": ":material/foundation:",
    "adapt": ":material/tune:",
    "align": ":material/balance:",
    "ask": ":material/forum:",
}
PAPERS_SHOWN = 5
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
    """Map, what rises, experiments, papers and trend of one stage."""
    db = catalog()
    address.begin(stage, foreign="id")
    st.title(text(stages()[stage].name))
    pipeline.draw(stage)
    st.markdown(text(stages()[stage].definition))
    risen = st.container(key="rising-place")
    _experiments(db, stage)
    _papers(db, stage)
    _trend(db, stage)
    # Last, so that nothing waits for the counting.
    with risen:
        rising.draw(db, stage)
    address.end(stage)


def _experiments(db: Database, stage: str) -> None:
    mine = lab.of_stage(stage)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header(_("Experiments"), anchor="experiments", width="stretch")
        if mine:
            with st.container(width="content", gap=None):
                predicting.switch(db)
    if not mine:
        st.info(_("No experiment tests a claim of this stage yet."), icon=":material/science_off:")
        return
    with st.container(key="experiments", gap="xsmall"):
        lab.rows(db, mine)


def _papers(db: Database, stage: str) -> None:
    """The newest few, the way to all of them, and a box to ask them."""
    st.header(_("Papers"), anchor="papers")
    asking.box(db, stage)
    topic = st.pills(
        _("Topic"),
        list(topics(stage)),
        format_func=lambda key: text(topics(stage)[key].name),
        key=f"topic-{stage}",
        label_visibility="collapsed",
    )
    found = listed(db, Filters(stage=stage, topic=topic), limit=PAPERS_SHOWN)
    if not found.n:
        st.info(_("No paper here yet. Sync on the Inbox to pull new ones."), icon=":material/inbox:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        where = {"stage": stage} | ({"topic": topic} if topic else {})
        n = f"{found.n:,}"
        words = _("All {n}+ in the Inbox").format(n=n) if found.more else _all(found.n)
        st.page_link(navigation.target("inbox"), label=words, icon=":material/inbox:", query_params=where)
        query = finding.query_of(Filters(stage=None if topic else stage, topic=topic))
        following.button(query, following.found(db, query))
        correcting.toggle(stage)
    papers.listing(db, found.papers, scope=stage, since=visits.last(db))


def _all(n: int) -> str:
    return n_("{n} paper in the Inbox", "All {n} papers in the Inbox", n)


def _trend(db: Database, stage: str) -> None:
    """The topics over a year, drawn when somebody wants to see them."""
    folded = st.expander(
        _("Share of papers by topic, over a year"),
        icon=":material/show_chart:",
        key=f"trend-of-{stage}",
        on_change="rerun",
    )
    if not folded.open:
        return
    first, last = last_days(db, TREND_DAYS)
    with folded:
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
        st.caption(_("Counted by the day of the first version."))
        charts.show(picture, key=f"trend-{stage}")
        notebook.pin_button(db, kind="chart", target=picture.name, scope=stage)
