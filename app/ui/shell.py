"""What stands around every page? Navigation over the discovered pages, the language switch, and errors in place."""

from __future__ import annotations

import sqlite3

import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from app.settings import BadSettings
from app.ui import bell, style, trouble, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.page import SECTIONS, Page
from app.ui.words import CHOICE, _, language, text
from core.language import LANGUAGES
from core.registry import discover
from db import beginnings, visits
from db.connect import CatalogError
from db.settings import read_setting, write_setting

HOME = "inbox"
_PAGE, _ENTERED = "page-shown", "page-entered"
FIRST = "first-steps"
_LED_IN = "led-in"
_LANGUAGE_NAMES = {"en": "English", "ko": "한국어"}


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


def run() -> None:
    """Draw the frame and the page that was asked for."""
    st.set_page_config(page_title="TrendLab", page_icon="🧪", layout="wide")
    try:
        _remember_language()
        visits.note(catalog())
        _frame()
    except (CatalogError, BadSettings, sqlite3.DatabaseError) as error:
        st.error(plain(trouble.told(error)), icon=":material/error:")


def _remember_language() -> None:
    """The choice of an earlier visit, once a session."""
    if CHOICE not in st.session_state and (kept := read_setting(catalog(), CHOICE)) in LANGUAGES:
        st.session_state[CHOICE] = kept


def _frame() -> None:
    groups = {
        text(title): [
            target(page.id) for page in sorted(pages().values(), key=lambda page: page.order) if page.section == section
        ]
        for section, title in SECTIONS.items()
    }
    chosen = st.navigation({title: members for title, members in groups.items() if members}, expanded=True)
    _lead_in(chosen)
    st.session_state[_ENTERED] = st.session_state.get(_PAGE) != chosen.url_path
    st.session_state[_PAGE] = chosen.url_path
    style.apply()
    with st.sidebar:
        _language_switch()
        bell.draw(target)
    chosen.run()
    undo.line()


def _lead_in(chosen: StreamlitPage) -> None:
    """Somebody who begins at the front door and has no history here begins with the first steps, once a session."""
    if chosen.url_path == FIRST:
        st.session_state[_LED_IN] = True
    at_front_door = not chosen.url_path and not st.query_params
    if at_front_door and _LED_IN not in st.session_state and beginnings.untouched(catalog()):
        st.switch_page(target(FIRST))


def _language_switch() -> None:
    if st.session_state.get(CHOICE) not in LANGUAGES:
        st.session_state[CHOICE] = language()
    st.segmented_control(
        _("Language"),
        LANGUAGES,
        required=True,
        format_func=lambda code: _LANGUAGE_NAMES[code],
        key=CHOICE,
        label_visibility="collapsed",
        on_change=_keep_language,
    )


def _keep_language() -> None:
    """The choice holds for the next visit too; a page that is left in the middle of its drawing reports none."""
    if st.session_state[CHOICE] in LANGUAGES:
        write_setting(catalog(), CHOICE, st.session_state[CHOICE])
