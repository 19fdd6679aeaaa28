"""Which language does this visitor read? The setting first, then the environment, then the browser."""

from __future__ import annotations

import streamlit as st

from app.settings import settings
from app.words import translations
from core.language import LANGUAGES, Text, said_in

CHOICE = "language"


def language() -> str:
    """`en` or `ko` for this session."""
    chosen = st.session_state.get(CHOICE) or settings().language
    if chosen in LANGUAGES:
        return str(chosen)
    browser = (st.context.locale or "en").split("-")[0].lower()
    return browser if browser in LANGUAGES else "en"


def _(message: str) -> str:
    """The message in this session's language."""
    return translations(language()).gettext(message)


def n_(singular: str, plural: str, n: int) -> str:
    """The message that fits the number, with `{n}` filled in."""
    return translations(language()).ngettext(singular, plural, n).format(n=f"{n:,}")


def text(words: Text) -> str:
    """A plug-in's text in this session's language; English is marked where there is no translation."""
    shown = words.to(language())
    return shown if words.is_translated(language()) else f"{shown} :gray-badge[EN]"


def event_text(words: dict[str, str]) -> str:
    """A text that travelled in an event: language to words."""
    return said_in(words, language())
