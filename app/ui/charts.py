"""How is a picture put on a page? In the visitor's theme, with the finding as its title and words for who cannot see it."""

from __future__ import annotations

import streamlit as st

from app.pictures import Picture
from app.ui.escape import plain


def show(picture: Picture, *, key: str) -> None:
    """Draw a picture under its title."""
    st.markdown(f"**{plain(picture.title)}**")
    st.plotly_chart(
        picture.plotly, key=key, config={"displaylogo": False, "displayModeBar": False}, alt=picture.title or picture.name
    )
