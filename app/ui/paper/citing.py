"""How is the paper cited? BibTeX and RIS, as the exports write them, each with a button that copies it."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app.told import listed_paper
from app.ui.words import _, language
from core.exports.export import exports
from core.exports.report import Report
from core.papers.trends import Period
from db.records import Stored

FORMATS = {"papers-bibtex": "BibTeX", "papers-ris": "RIS"}


def popover(stored: Stored) -> None:
    """A button under which the paper's entry stands in each format."""
    with st.popover(_("Cite"), icon=":material/format_quote:", type="tertiary", key="cite"):
        for tab, (name, words) in zip(st.tabs(list(FORMATS.values())), cited(stored).items(), strict=True):
            with tab, st.container(key=f"citation-{name}"):
                st.code(words, language=None, wrap_lines=True)
        st.caption(_("The button at the upper right of the entry copies it."))


def cited(stored: Stored) -> dict[str, str]:
    """The paper's entry in each format, by the format's id."""
    day = (stored.paper.submitted or datetime.now(UTC)).date()
    period = Period(day, day)
    report = Report(period=period, before=period.before(), generated_for=day, papers=(listed_paper(stored),))
    found = exports("papers")
    return {name: found[name].render(report, language()).decode().strip() for name in FORMATS}
