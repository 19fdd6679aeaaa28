"""Which settings are in force, and how is each changed?"""

from __future__ import annotations

import streamlit as st

from app.settings import Settings, settings
from app.ui import schedule
from app.ui.catalog import catalog
from app.ui.page import Page
from app.ui.words import _
from core.language import Text


def render() -> None:
    """The daily sync, then a table of all settings: the value in force, and the variable that sets it."""
    st.title(_("Settings"))
    schedule.section(catalog())
    st.header(_("Variables"), anchor=False)
    st.markdown(
        _("Settings are environment variables, or lines of a file `.env` in the checkout, read when the app starts.")
    )
    found = settings()
    rows = []
    for name, field in Settings.model_fields.items():
        rows.append(
            {
                _("variable"): f"TRENDLAB_{name.upper()}",
                _("in force"): str(getattr(found, name)),
                _("what it is"): _(field.description or ""),
            }
        )
    st.dataframe(rows, hide_index=True, row_height=38)
    st.caption(_("The language is chosen at the side of every page; the theme in the menu at the top right."))


PAGE = Page(
    id="settings", title=Text("Settings", "설정"), icon=":material/settings:", section="tell", order=9, render=render
)
