"""One page, drawn by Streamlit's own test bench for a visitor of either language."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

# The pages are functions, and AppTest opens files only: this stands for the router with one page chosen.
ROUTER = """
import streamlit as st
from app.ui import navigation, style
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
style.apply()
navigation.pages()["{page_id}"].render()
"""


def opened(page_id: str, language: str = "en", **address: str) -> AppTest:
    """The page at this address."""
    app = AppTest.from_string(ROUTER.format(page_id=page_id), default_timeout=60)
    app.session_state["language"] = language
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def shown(app: AppTest) -> AppTest:
    """The page, which was drawn to its end."""
    assert not app.exception, [item.value for item in app.exception]
    return app


def words(app: AppTest) -> str:
    """All that the page says, as it reads: without the marks that keep text from being Markdown."""
    return raw(app).replace("\\", "")


def raw(app: AppTest) -> str:
    """All that the page says, as it is handed to the browser."""
    found = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(element.value) for element in found)
