"""What can be told to others? A period, a preview, and a download in each format."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st
from sqlite_utils import Database

from app import reports
from app.ui import digest, exporting, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.period import days_to_tell
from app.ui.words import _, language, text
from core.exports.export import KINDS, Kind
from core.language import LANGUAGES, Text

NAMES = {"en": "English", "ko": "한국어"}


def render() -> None:
    """What to tell and of which days, then its formats and a preview; the digest below."""
    st.title(_("Export"))
    pipeline.draw()
    db = catalog()
    kind, request = _asked(db)
    if request is None:
        st.warning(_("Choose a first day that is not after the last one."), icon=":material/event_busy:")
    else:
        st.caption(_told(kind))
        exporting.formats(kind=kind, request=request)
        exporting.preview(db, kind=kind, request=request)
        exporting.command(kind, request)
    digest.section(db)


def _asked(db: Database) -> tuple[Kind, reports.Request | None]:
    """What is to be told, as widgets; no request where the days are the wrong way round."""
    kind = st.segmented_control(
        _("What to export"),
        list(KINDS),
        default="summary",
        required=True,
        format_func=lambda name: text(KINDS[name]),
        key="export-kind",
        label_visibility="collapsed",
    )
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
        query = ""
        if kind == "papers":
            query = st.text_input(_("Papers that fit"), key="export-query", placeholder=_("all papers"), width=260)
    if not isinstance(since, date) or not isinstance(until, date) or since > until:
        return kind, None
    asked = reports.Request(language=str(tongue), today=today, since=since, until=until, query=query.strip())
    return kind, asked


def _told(kind: Kind) -> str:
    told: dict[Kind, str] = {
        "summary": _(
            "What changed in these days beyond chance, new terms, the papers that were noticed, and what your own runs "
            "found."
        ),
        "papers": _("The papers of these days, or those of them that fit a search."),
        "evidence": _("Every claim that can be tested here, with the project's recorded verdicts and your newest own."),
        "notebook": _("Your notes of these days with the papers, runs and charts that are pinned to them."),
    }
    return told[kind]


PAGE = Page(
    id="export", title=Text("Export", "내보내기"), icon=":material/ios_share:", section="tell", order=0, render=render
)
