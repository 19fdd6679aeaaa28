"""What is rising, what is falling, and is that more than chance?"""

from __future__ import annotations

from datetime import date
from typing import cast

import streamlit as st
from sqlite_utils import Database

from app import pictures, reports
from app.ui import charts, notebook, pipeline, style
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.period import last_days
from app.ui.words import _, language, text
from core.language import Text
from core.papers.tags import TagKind
from core.papers.taxonomy import entry
from core.papers.trends import Period
from db.trends import By

DAYS_SHOWN = 365


def render() -> None:
    """A period, the chart of counts, and the changes against the period before."""
    st.title(_("Trends"))
    pipeline.draw()
    db = catalog()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kinds = {"stage": _("Stages"), "topic": _("Topics"), "application": _("Fields")}
        kind = st.segmented_control(
            _("What"),
            list(kinds),
            default="stage",
            required=True,
            format_func=kinds.__getitem__,
            key="trend-kind",
            bind="query-params",
        )
        spans = {"week": _("by week"), "month": _("by month")}
        by = st.segmented_control(
            _("Counted"),
            list(spans),
            default="month",
            required=True,
            format_func=spans.__getitem__,
            key="trend-by",
            bind="query-params",
        )
        first, last = last_days(db, DAYS_SHOWN)
        since = st.date_input(_("From"), first, key="trend-since", width=150)
        until = st.date_input(_("To"), last, key="trend-until", width=150)
    if not isinstance(since, date) or not isinstance(until, date) or since > until:
        st.warning(_("Choose a first day that is not after the last one."), icon=":material/event_busy:")
        return
    _draw(db, cast(TagKind, kind), cast(By, by), since, until)


def _draw(db: Database, kind: TagKind, by: By, since: date, until: date) -> None:
    picture = pictures.of_trend(
        db,
        kind,
        by=by,
        since=since,
        until=until,
        language=language(),
        colours=style.stage_colours() if kind == "stage" else None,
    )
    if picture is None:
        words = _("No tagged paper in this period. Choose a longer one, or sync on the Inbox.")
        st.info(words, icon=":material/show_chart:")
        return
    charts.show(picture, key="trend")
    st.caption(_("Counted by the day of the first version; a paper may stand under several tags."))
    notebook.pin_button(db, kind="chart", target=picture.name, scope="trends")
    period = Period(since, until)
    changes = reports.changes(db, kind, period)
    st.subheader(_("Against the period before"), anchor=False)
    st.caption(f"{period.before()} → {period}")
    rows = [
        {
            _("tag"): text(entry(kind, change.value).name),
            _("before"): change.before,
            _("now"): change.after,
            _("share before"): change.share_before,
            _("share now"): change.share_after,
            "q": change.q,
            _("change"): direction_name(change.direction),
        }
        for change in changes
    ]
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            _("share before"): percent,
            _("share now"): percent,
            "q": st.column_config.NumberColumn(format="%.3f"),
        },
    )
    st.caption(_("q: false-discovery rate after looking at all tags at once; rising and falling need q ≤ 0.05."))


def direction_name(direction: str) -> str:
    """A change's direction in the visitor's language."""
    return {"rising": _("rising"), "falling": _("falling")}.get(direction, _("no clear change"))


PAGE = Page(
    id="trends", title=Text("Trends", "동향"), icon=":material/trending_up:", section="read", order=2, render=render
)
