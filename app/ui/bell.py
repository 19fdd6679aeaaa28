"""Which long work goes on, on whatever page one is, and what of it has ended? In the sidebar, with a word when it ends.

What ended while one was here is told of once and stays in the list until it is put away.
"""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app import jobs, under_way
from app.settings import settings
from app.ui import navigation, sync_words
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, text
from app.under_way import Work

SOON, LATER = 3.0, 30.0  # seconds between two looks: while something goes on, and while nothing does
SHOWN = 6  # pieces of work that have a line
_SINCE, _LOOKED, _SEEN_OPEN = "bell-since", "bell-looked", "bell-open"
_TOLD, _ENDED = "bell-told", "bell-ended"  # of what was told, and what of it is not put away yet
_PAGES = {"run": "runs", "sync": "inbox", "retraining": "lens", "download": "models"}


def draw() -> None:
    """The list, drawn anew while the page stays as it is; nothing where there is nothing to tell."""
    works = st.session_state[_LOOKED] = _look()
    busy = any(work.is_open for work in works)
    st.fragment(_draw, run_every=SOON if busy else LATER)()


def _look() -> list[Work]:
    since = st.session_state.setdefault(_SINCE, datetime.now(UTC))
    return under_way.look(catalog(), settings().home, since=since)


def _draw() -> None:
    # What was seen a moment ago, when the whole page was drawn, is not looked up twice.
    looked: list[Work] | None = st.session_state.pop(_LOOKED, None)
    works = _look() if looked is None else looked
    _notice(works)
    going = [work for work in works if work.is_open]
    ended: dict[str, Work] = st.session_state.get(_ENDED, {})
    if not going and not ended:
        return
    with st.container(key="bell", gap="xsmall"):
        for work in going[:SHOWN]:
            _line(work)
            if work.state == "going":
                st.progress(work.share or 0.0, text=None if work.share is not None else _("under way"))
        for work in list(ended.values())[-SHOWN:]:
            _line(work)
        if ended:
            st.button(
                _("Put away"), key="bell-put-away", type="tertiary", icon=":material/done_all:", on_click=_put_away
            )


def _notice(works: list[Work]) -> None:
    """Tell once of what has ended since one is here; of downloads only where they were seen going."""
    before: set[str] = st.session_state.get(_SEEN_OPEN, set())
    told: set[str] = st.session_state.setdefault(_TOLD, set())
    ended: dict[str, Work] = st.session_state.setdefault(_ENDED, {})
    for work in works:
        key = _key(work)
        if work.is_open:
            ended.pop(key, None)
            told.discard(key)
        elif key not in told and (key in before or work.kind != "download"):
            told.add(key)
            ended[key] = work
            st.toast(f"{_title(work)}: {_how(work)}", icon=_icon(work))
    st.session_state[_SEEN_OPEN] = {_key(work) for work in works if work.is_open}


def _line(work: Work) -> None:
    query = {"run": work.id} if work.kind == "run" else {}
    st.page_link(
        navigation.target(_PAGES[work.kind]),
        label=f"{_title(work)} · {_how(work)}",
        icon=_icon(work),
        query_params=query,
    )


def _title(work: Work) -> str:
    if work.kind == "run":
        try:
            return plain(text(jobs.experiment(work.name).title))
        except jobs.UnknownExperiment:
            return plain(work.name)
    if work.kind == "sync":
        return plain(sync_words.title(work.name))
    return _("Retraining the tagger") if work.kind == "retraining" else plain(work.name)


def _how(work: Work) -> str:
    if work.state == "waiting":
        return _("waiting")
    if work.state == "going":
        return _("under way") if work.share is None else f"{work.share:.0%}"
    if work.kind == "sync":
        return sync_words.outcome_name(work.how)
    names = {
        "finished": _("finished"),
        "cancelled": _("cancelled"),
        "failed": _("failed"),
        "interrupted": _("interrupted"),
    }
    return names.get(work.how, _("ended"))


def _icon(work: Work) -> str:
    icons = {
        "waiting": ":material/hourglass_empty:",
        "going": ":material/progress_activity:",
        "done": ":material/notifications_active:",
        "failed": ":material/error:",
    }
    return icons[work.state]


def _key(work: Work) -> str:
    return f"{work.kind} {work.id}"


def _put_away() -> None:
    st.session_state[_ENDED] = {}
