"""I am here for the first time: what can I do?"""

from __future__ import annotations

import streamlit as st

from app.ui import first_run, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text


def render() -> None:
    """What this is, the map, and three things to do."""
    st.title(_("Welcome to TrendLab"))
    st.markdown(
        _(
            "Follow the research on language models along the pipeline from documents to answers, test on a small "
            "model what papers claim, and tell others what you found."
        )
    )
    pipeline.draw()
    first_run.draw(catalog())


PAGE = Page(
    id="first-steps",
    title=Text("First steps", "첫걸음"),
    icon=":material/flag:",
    section="tell",
    order=10,
    render=render,
)
