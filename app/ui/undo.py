"""What was done last, and how is it taken back? A line at the foot of the page that stays for some minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st
from sqlite_utils import Database

from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, n_

STAYS = timedelta(minutes=5)
MOST = 50  # steps that can be taken back
_STEPS = "undo"


@dataclass(frozen=True)
class Step:
    """Something that was done.

    :param words: what it was, safe as Markdown.
    :param back: takes it back.
    """

    words: str
    back: Callable[[Database], object]
    when: datetime


def record(words: str, back: Callable[[Database], object]) -> None:
    """Offer to take back what was just done.

    :param words: what it was; text from the network in it is escaped already.
    :param back: takes it back; a LookupError from it means that there is nothing left to take back.
    """
    steps: list[Step] = [*_fresh(), Step(words, back, datetime.now(UTC))]
    st.session_state[_STEPS] = steps[-MOST:]


def short(title: str) -> str:
    """The beginning of a title, safe as Markdown."""
    return plain(title if len(title) <= 60 else f"{title[:59].rstrip()}…")


def line() -> None:
    """The last step, and buttons that take it, or all of them, back."""
    steps = _fresh()
    if not steps:
        return
    with (
        st.bottom,
        st.container(horizontal=True, vertical_alignment="center", gap="small", key="undo"),
    ):
        st.markdown(steps[-1].words, width="stretch")
        st.button(_("Undo"), icon=":material/undo:", key="undo-last", on_click=_take_back, args=(1,))
        if len(steps) > 1:
            label = n_("Undo the last {n}", "Undo the last {n}", len(steps))
            st.button(label, key="undo-all", type="tertiary", on_click=_take_back, args=(len(steps),))
        st.button("", icon=":material/close:", key="undo-close", type="tertiary", help=_("Close"), on_click=_forget)


def _fresh() -> list[Step]:
    """The steps, as long as the last of them is not long ago."""
    steps: list[Step] = st.session_state.get(_STEPS, [])
    return steps if steps and datetime.now(UTC) - steps[-1].when < STAYS else []


def _take_back(n: int) -> None:
    # What stands on the page may be pressed, however long it has stood there.
    steps: list[Step] = st.session_state.get(_STEPS, [])
    db = catalog()
    for step in reversed(steps[-n:]):
        try:
            step.back(db)
        except LookupError:
            # What it was about is gone, and so is what was done to it.
            continue
    st.session_state[_STEPS] = steps[:-n]


def _forget() -> None:
    st.session_state[_STEPS] = []
