"""What is rising, what is falling, what is new, and is that more than chance?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

import streamlit as st
from sqlite_utils import Database

from app.trend_lines import Measure
from app.ui import address, pipeline, trends
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.period import last_days
from app.ui.words import _
from core.language import Text
from core.papers.tags import TagKind
from core.papers.trends import Period
from db.series import By

DAYS_SHOWN = 365
_FOREIGN = ("id", "stage", "topic", "app", "q")  # what the pages ask for to which this one leads
_FIRST, _LAST = date(1991, 1, 1), date(2099, 12, 31)  # arXiv's first year, and far enough


def render() -> None:
    """What is asked, and its answer; all of it stands in the address."""
    address.begin("trends", foreign=next((param for param in _FOREIGN if param in st.query_params), _FOREIGN[0]))
    st.title(_("Trends"))
    pipeline.draw()
    db = catalog()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        views = {
            "tags": _("Changes"),
            "terms": _("New terms"),
            "noticed": _("Noticed"),
            "joins": _("Joined"),
        }
        view = _choice(_("View"), views, "view")
        first, last = last_days(db, DAYS_SHOWN)
        since, until = _day(_("From"), first, "since"), _day(_("To"), last, "until")
    if since is None or until is None or since > until:
        st.warning(_("Choose a first day that is not after the last one."), icon=":material/event_busy:")
    else:
        _draw(db, view, Period(since, until))
    address.end("trends")


def _draw(db: Database, view: str, period: Period) -> None:
    if view == "tags":
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            kinds = {"stage": _("Stages"), "topic": _("Topics"), "application": _("Fields")}
            kind = cast(TagKind, _choice(_("What"), kinds, "kind"))
            measure = cast(Measure, _choice(_("As"), {"share": _("shares"), "count": _("counts")}, "as"))
            by = cast(By, _choice(_("Counted"), {"month": _("by month"), "week": _("by week")}, "by"))
        trends.tags(db, kind, period, by=by, measure=measure)
    else:
        {"terms": trends.terms, "noticed": trends.noticed, "joins": trends.joins}[view](db, period)


def _choice(label: str, names: Mapping[str, str], param: str) -> str:
    """One of some; the first where none is asked for, and then the address says nothing."""
    first, *others = names
    key = f"trend-{param}"
    address.ask(key, param, lambda words: words if words in names else first)
    chosen = st.segmented_control(
        label,
        list(names),
        required=True,
        format_func=lambda value: names.get(value, value),
        key=key,
        label_visibility="collapsed",
    )
    address.tell(param, chosen if chosen in others else "")
    return chosen if chosen in others else first


def _day(label: str, usual: date, param: str) -> date | None:
    key = f"trend-{param}"
    address.ask(key, param, lambda words: _read_day(words) or usual)
    chosen = st.date_input(label, key=key, width=150, min_value=_FIRST, max_value=_LAST)
    chosen = chosen if isinstance(chosen, date) else None
    address.tell(param, "" if chosen in (None, usual) else f"{chosen}")
    return chosen


def _read_day(words: str) -> date | None:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if _FIRST <= day <= _LAST else None


PAGE = Page(
    id="trends", title=Text("Trends", "동향"), icon=":material/trending_up:", section="read", order=2, render=render
)
