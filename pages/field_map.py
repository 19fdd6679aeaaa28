"""Which techniques does the field have, and which of them were tested here?"""

from __future__ import annotations

import streamlit as st

from app.ui import address, field_map, pipeline
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text


def render() -> None:
    """The techniques of a stage, or the applications."""
    st.title(_("Field map"))
    pipeline.draw()
    address.begin("field-map", foreign="id")
    field_map.draw(catalog())
    address.end("field-map")


PAGE = Page(
    id="field-map",
    title=Text("Field map", "분야 지도"),
    icon=":material/map:",
    section="pipeline",
    order=4,
    render=render,
)
