"""Which papers does the visitor want to see? One row of filters, and how the papers stand with their reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st
from sqlite_utils import Database

from app.ui import address
from app.ui.words import _, text
from core.papers.taxonomy import Entry, applications, stages, topics
from db.papers import sources
from db.records import NEW, STARRED, UNREAD, Filters

ALL = "all"
_FIRST, _LAST = date(1991, 1, 1), date(2099, 12, 31)  # arXiv's first year, and far enough


def bar(db: Database) -> Filters:
    """The filters as widgets; what they show stands in the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        stage = _choice(_("Stage"), _names(stages()), "stage")
        topic = _choice(_("Topic"), _names(topics(stage)), "topic")
        application = _choice(_("Field"), _names(applications()), "app")
        source, since, until = _more(db)
    return Filters(stage=stage, topic=topic, application=application, source=source, since=since, until=until)


def state(new: str | None) -> str | None:
    """How the papers stand with their reader, as a widget: all, new, unread, saved, starred.

    :param new: what the choice of new papers is called; None where there is no earlier visit, and no such choice.
    """
    names = {
        ALL: _("All"),
        **({} if new is None else {NEW: new}),
        UNREAD: _("Unread"),
        "saved": _("Saved"),
        STARRED: _("Starred"),
    }
    key, param = "filter-state", "show"
    address.ask(key, param, lambda words: words if words in names else ALL)
    if st.session_state[key] not in names:
        st.session_state[key] = ALL
    chosen = st.segmented_control(
        _("Show"),
        list(names),
        required=True,
        format_func=lambda value: names.get(value, value),
        key=key,
        label_visibility="collapsed",
    )
    chosen = None if chosen in (None, ALL) else str(chosen)
    address.tell(param, chosen or "")
    return chosen


def clear() -> None:
    """Show everything again; for a button."""
    for key in ("stage", "topic", "app", "source", "since", "until"):
        st.session_state[f"filter-{key}"] = None
    st.session_state["filter-state"] = ALL


def _more(db: Database) -> tuple[str | None, date | None, date | None]:
    """Source and dates, behind a button that tells how many of them are set."""
    n = sum(st.session_state.get(f"filter-{param}") is not None for param in ("source", "since", "until"))
    with st.popover(_("More ({n})").format(n=n) if n else _("More"), icon=":material/tune:"):
        source = _choice(_("Source"), {name: name for name in sources(db)}, "source")
        since = _day(_("From"), "since")
        until = _day(_("To"), "until")
    return source, since, until


def _names(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {key: text(item.name) for key, item in entries.items()}


def _choice(label: str, names: Mapping[str, str], param: str) -> str | None:
    key = f"filter-{param}"
    address.ask(key, param, lambda words: words if words in names else None)
    if st.session_state[key] not in names:
        # The stage changed and its topics with it.
        st.session_state[key] = None
    chosen = st.selectbox(
        label,
        list(names),
        index=None,
        placeholder=label,
        format_func=lambda value: names.get(value, value),
        key=key,
        label_visibility="collapsed",
        width=160,
    )
    address.tell(param, chosen or "")
    return chosen


def _day(label: str, param: str) -> date | None:
    key = f"filter-{param}"
    address.ask(key, param, _read_day)
    chosen = st.date_input(label, None, key=key, min_value=_FIRST, max_value=_LAST)
    chosen = chosen if isinstance(chosen, date) else None
    address.tell(param, "" if chosen is None else chosen.isoformat())
    return chosen


def _read_day(words: str) -> date | None:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if _FIRST <= day <= _LAST else None
