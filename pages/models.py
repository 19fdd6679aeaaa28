"""Which models are there to experiment with, and how does one more come here?"""

from __future__ import annotations

import streamlit as st

from app.ui import models, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text


def render() -> None:
    """Every model with what it needs, the downloads under way, and the ways to add one."""
    st.title(_("Models"))
    pipeline.draw()
    models.section(catalog())


PAGE = Page(
    id="models", title=Text("Models", "모델"), icon=":material/deployed_code:", section="lab", order=2, render=render
)
