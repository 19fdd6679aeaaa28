"""How is a picture put on a page? In the visitor's theme, with the finding as its title."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui.escape import plain
from app.ui.words import language
from core.exports.report import ReportedFigure


def show(picture: ReportedFigure, *, key: str, choosable: bool = False) -> list[Any] | None:
    """Draw a picture under its title.

    :param choosable: points can be pressed.
    :returns: what the pressed point carries as `customdata`, if any.
    """
    title = picture.title.to(language())
    st.markdown(f"**{plain(title)}**")
    st.plotly_chart(
        picture.plotly,
        key=key,
        config={"displaylogo": False, "displayModeBar": False},
        alt=title or picture.name,
        on_select="rerun" if choosable else "ignore",
        selection_mode="points",
    )
    points = st.session_state[key]["selection"]["points"] if choosable else []
    return next((list(point["customdata"]) for point in points if "customdata" in point), None)
