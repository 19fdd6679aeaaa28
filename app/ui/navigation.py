"""Which pages are there, and where does a link to one of them lead?"""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from app.ui.page import Page
from app.ui.words import language
from core.registry import discover

HOME = "inbox"
_PAGE, _ENTERED = "page-shown", "page-entered"


def pages() -> dict[str, Page]:
    """All pages by id."""
    return dict(discover("pages", "PAGE"))


def target(page_id: str) -> StreamlitPage:
    """The page as links and switches want it. Equal for equal ids, so that it may be made anew on every run."""
    page = pages()[page_id]
    return st.Page(
        page.render,
        title=page.title.to(language()),
        icon=page.icon if page.listed else None,
        url_path=page.id,
        default=page.id == HOME,
        visibility="visible" if page.listed else "hidden",
    )


def is_entered() -> bool:
    """Whether another page was shown before this run."""
    return bool(st.session_state.get(_ENTERED))


def enter(page: StreamlitPage) -> None:
    """This run draws this page."""
    st.session_state[_ENTERED] = st.session_state.get(_PAGE) != page.url_path
    st.session_state[_PAGE] = page.url_path
