"""What stands around every page? Navigation over the discovered pages, the language switch, and errors in place."""

from __future__ import annotations

import sqlite3

import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from app.settings import BadSettings
from app.ui import bell, navigation, style, trouble, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.page import SECTIONS
from app.ui.triage import courier
from app.ui.words import CHOICE, _, language, text
from core.language import LANGUAGES
from db import beginnings, visits
from db.connect import CatalogError
from db.settings import read_setting, write_setting

FIRST = "first-steps"
_LED_IN = "led-in"
_LANGUAGE_NAMES = {"en": "English", "ko": "한국어"}


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
            navigation.target(page.id)
            for page in sorted(navigation.pages().values(), key=lambda page: page.order)
            if page.section == section
        ]
        for section, title in SECTIONS.items()
    }
    chosen = st.navigation({title: members for title, members in groups.items() if members}, expanded=True)
    _lead_in(chosen)
    navigation.enter(chosen)
    style.apply()
    with st.sidebar:
        _language_switch()
        bell.draw()
    courier.draw()
    chosen.run()
    undo.line()


def _lead_in(chosen: StreamlitPage) -> None:
    """Somebody who begins at the front door and has no history here begins with the first steps, once a session."""
    if chosen.url_path == FIRST:
        st.session_state[_LED_IN] = True
    at_front_door = not chosen.url_path and not st.query_params
    if at_front_door and _LED_IN not in st.session_state and beginnings.untouched(catalog()):
        st.switch_page(navigation.target(FIRST))


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
