"""What can be told to others? A period, a preview, and a download in each format."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from app import reports
from app.settings import settings
from app.ui import exporting, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.period import days_to_tell
from app.ui.words import _, language
from core.exports.export import Kind
from core.language import LANGUAGES, Text

NAMES = {"en": "English", "ko": "한국어"}


def render() -> None:
    """The period and language, then what is told of them."""
    st.title(_("Export"))
    pipeline.draw()
    db = catalog()
    today = datetime.now(UTC).date()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        first, last = days_to_tell(db, reports.DAYS)
        since = st.date_input(_("From"), first, key="export-since", width=150)
        until = st.date_input(_("To"), last, key="export-until", width=150)
        tongue = st.segmented_control(
            _("Language of the file"),
            LANGUAGES,
            default=language(),
            required=True,
            format_func=NAMES.__getitem__,
            key="export-language",
        )
        query = st.text_input(_("Papers that fit"), key="export-query", placeholder=_("all papers"), width=220)
    if not isinstance(since, date) or not isinstance(until, date) or since > until:
        st.warning(_("Choose a first day that is not after the last one."), icon=":material/event_busy:")
        return
    request = reports.Request(language=str(tongue), today=today, since=since, until=until, query=query)
    kinds: dict[Kind, str] = {"summary": _("Trend summary"), "papers": _("List of papers"), "notebook": _("Notebook")}
    for kind, name in kinds.items():
        st.subheader(name, anchor=False)
        with st.container(horizontal=True, gap="small"):
            exporting.buttons(kind=kind, request=request)
    with st.expander(_("Preview of the trend summary"), expanded=True):
        report = reports.build(db, settings(), request)
        exporting.preview(report, request.language)
    st.caption(
        _("The same file from the command line: python -m app export summary --since DAY --until DAY --out FILE")
    )


PAGE = Page(
    id="export", title=Text("Export", "내보내기"), icon=":material/ios_share:", section="tell", order=0, render=render
)
