"""Which claims hold here, which do not, and how sure is that? All of them in one place."""

from __future__ import annotations

import streamlit as st

from app.ui import address, evidence, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text


def render() -> None:
    """Every claim of every experiment with its verdicts."""
    st.title(_("Evidence"))
    pipeline.draw()
    st.markdown(
        _(
            "Every claim that can be tested here, the number that its paper reports, what the project recorded, and "
            "what your own runs found. A verdict may be no."
        )
    )
    address.begin("evidence", foreign="id")
    evidence.draw(catalog())
    address.end("evidence")


PAGE = Page(
    id="evidence",
    title=Text("Evidence", "근거"),
    icon=":material/fact_check:",
    section="lab",
    order=0,
    render=render,
)
