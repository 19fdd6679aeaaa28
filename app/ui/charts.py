"""How is a picture put on a page? In the visitor's theme, with the finding as its title."""

from __future__ import annotations

import streamlit as st

from app.ui.escape import plain
from app.ui.words import language
from core.exports.report import ReportedFigure


def show(picture: ReportedFigure, *, key: str) -> None:
    """Draw a picture under its title."""
    title = picture.title.to(language())
    st.markdown(f"**{plain(title)}**")
    st.plotly_chart(
        picture.plotly,
        key=key,
        config={"displaylogo": False, "displayModeBar": False},
        alt=title or picture.name,
    )
