"""Which papers does the visitor want to see? A search box and one row of filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st
from sqlite_utils import Database

from app.ui.words import _, text
from core.papers.taxonomy import Entry, applications, stages, topics
from db.papers import sources
from db.records import Filters


def bar(db: Database) -> Filters:
    """The filters as widgets."""
    words = st.text_input(
        _("Search"),
        placeholder=_('words, "a phrase", -without'),
        key="filter-text",
        bind="query-params",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        stage = _choice(_("Stage"), _names(stages()), "filter-stage")
        topic = _choice(_("Topic"), _names(topics(stage)), "filter-topic")
        application = _choice(_("Field"), _names(applications()), "filter-application")
        states = {"unread": _("Unread"), "saved": _("Saved"), "read": _("Read"), "skip": _("Skipped")}
        state = _choice(_("State"), states, "filter-state")
        source, since, until = _more(db)
    return Filters(
        stage=stage,
        topic=topic,
        application=application,
        source=source,
        since=since,
        until=until,
        state=state,
        text=words.strip() or None,
    )


def _more(db: Database) -> tuple[str | None, date | None, date | None]:
    """Source and dates, behind a button that tells how many of them are set."""
    keys = ("filter-source", "filter-since", "filter-until")
    n = sum(st.session_state.get(key) is not None for key in keys)
    with st.popover(_("More ({n})").format(n=n) if n else _("More"), icon=":material/tune:"):
        source = _choice(_("Source"), {name: name for name in sources(db)}, keys[0])
        since = st.date_input(_("From"), None, key=keys[1], max_value=date(2099, 12, 31))
        until = st.date_input(_("To"), None, key=keys[2], max_value=date(2099, 12, 31))
    return source, since if isinstance(since, date) else None, until if isinstance(until, date) else None


def _names(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {key: text(item.name) for key, item in entries.items()}


def _choice(label: str, names: Mapping[str, str], key: str) -> str | None:
    if st.session_state.get(key) not in (None, *names):
        # The stage changed and its topics with it.
        del st.session_state[key]
    return st.selectbox(
        label,
        list(names),
        index=None,
        placeholder=_("All"),
        format_func=lambda value: names.get(value, value),
        key=key,
        width=150,
    )
