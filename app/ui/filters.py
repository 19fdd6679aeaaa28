"""Which papers does the visitor want to see? One row of filters, kept in the address so that a link reopens the view."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import streamlit as st
from sqlite_utils import Database

from app.ui.words import _, text
from core.papers.taxonomy import applications, stages, topics
from db.papers import sources
from db.records import Filters

STATES = ("unread", "saved", "read", "skip")


def everything() -> Filters:
    """No filter at all."""
    return Filters()


def bar(db: Database, *, stage: str | None = None) -> Filters:
    """The filters as widgets.

    :param stage: on a stage's page the stage is given and not asked for.
    """
    words = st.text_input(
        _("Search"),
        placeholder=_('words, "a phrase", -without'),
        key="filter-text",
        bind="query-params",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if stage is None:
            stage = _choice(_("Stage"), stages(), {key: text(item.name) for key, item in stages().items()}, "filter-stage")
        known = topics(stage) if stage else topics()
        topic = _choice(_("Topic"), known, {key: text(item.name) for key, item in known.items()}, "filter-topic")
        fields = {key: text(item.name) for key, item in applications().items()}
        application = _choice(_("Field"), fields, fields, "filter-application")
        state_names = {"unread": _("Unread"), "saved": _("Saved"), "read": _("Read"), "skip": _("Skipped")}
        state = _choice(_("State"), STATES, state_names, "filter-state")
        source = _choice(_("Source"), sources(db), {}, "filter-source")
        since = st.date_input(_("From"), None, key="filter-since", max_value=date(2099, 12, 31), width=140)
        until = st.date_input(_("To"), None, key="filter-until", max_value=date(2099, 12, 31), width=140)
    return Filters(
        stage=stage,
        topic=topic,
        application=application,
        source=source,
        since=since if isinstance(since, date) else None,
        until=until if isinstance(until, date) else None,
        state=state,
        text=words.strip() or None,
    )


def _choice(label: str, options: Iterable[str], names: dict[str, str], key: str) -> str | None:
    values = list(options)
    if st.session_state.get(key) not in (None, *values):
        # The stage changed and its topics with it.
        del st.session_state[key]
    return st.selectbox(
        label,
        values,
        index=None,
        placeholder=_("All"),
        format_func=lambda value: names.get(value, value),
        key=key,
        width=150,
    )
