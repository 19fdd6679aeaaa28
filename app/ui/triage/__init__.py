"""How are a thousand papers gone through in ten minutes? A list that reads like mail, worked by keys or by touch.

The browser holds the list and paints what is pressed at once; the server hears of it in a log, writes it down, and says
how far it has got. Papers come in pieces, as one goes down the list. The list stays as it was when it was asked for:
a paper that is marked read does not vanish from under the reader, and who comes back from a paper stands where he left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2s
from pathlib import Path
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app.ui import navigation, style
from app.ui.catalog import catalog
from app.ui.triage.log import Log, hear
from app.ui.triage.pictures import answers
from app.ui.triage.rows import rows
from app.ui.triage.words import heading, looks, words
from app.ui.words import language
from db.arranging import Place, standing

PIECE = 60  # papers that come together

_HERE = Path(__file__).parent
_HTML = """<div id="triage">
<div id="bar"><div id="acts" role="group"></div><span id="place" role="status"></span>
<div id="sheet" hidden></div></div>
<div id="rows"></div></div>"""
_list = st.components.v2.component(
    "trendlab_triage",
    html=_HTML,
    css=(_HERE / "triage.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("untold.js", "row.js", "bar.js", "triage.js")),
)


@dataclass
class _Shown:
    """The list that is on the page.

    :param question: what it answers.
    :param left: the paper from which one went to its own page last, or the next one that is still there.
    :param fresh: whether the browser is to hear again how all of it stands.
    """

    question: object
    places: tuple[Place, ...]
    log: Log = field(default_factory=Log)
    left: str | None = None
    fresh: bool = True


def held(scope: str, question: object) -> tuple[Place, ...] | None:
    """The list that is on the page already for this question, which stays as it is; None where it is to be made."""
    shown: _Shown | None = st.session_state.get(_state(scope))
    if shown is None or shown.question != question or _is_gone(scope, shown.places):
        return None
    return shown.places


def is_there(scope: str) -> bool:
    """Whether the list that was drawn last still stands on the page, whatever it answered."""
    shown: _Shown | None = st.session_state.get(_state(scope))
    return shown is not None and not _is_gone(scope, shown.places)


def _is_gone(scope: str, places: Sequence[Place]) -> bool:
    """Whether the page begins anew with this list: what a browser knew of it is no longer there."""
    return navigation.is_entered() or _key(scope, places) not in st.session_state


def forget(scope: str) -> None:
    """Have the list made anew, whatever it answers; for a button."""
    shown: _Shown | None = st.session_state.get(_state(scope))
    if shown is not None:
        shown.question = None


def order(scope: str, at: str) -> list[str]:
    """The papers of the list that was shown last; it opens at the paper `at` when it is shown again."""
    shown: _Shown | None = st.session_state.get(_state(scope))
    found = [] if shown is None else [place.id for place in shown.places]
    if shown is not None and at in found:
        shown.left = at
    return found


def draw(places: Sequence[Place], *, scope: str, question: object, since: datetime | None = None) -> None:
    """The list of these papers.

    :param places: all of them, in their order.
    :param scope: tells this list from another on the same page.
    :param question: what it answers.
    :param since: papers that came after it are marked as new.
    """
    shown: _Shown | None = st.session_state.get(_state(scope))
    asked = tuple(places)
    if shown is None or shown.places != asked or _is_gone(scope, asked):
        if shown is None or shown.question != question:
            shown = _Shown(question, asked, Log() if shown is None else shown.log)
        else:
            shown = _Shown(question, asked, shown.log, _left(shown, asked))
        st.session_state[_state(scope)] = shown
        shown.log.going = None
    shown.question = question
    shown.fresh = True
    _drawn(scope, since)


@st.fragment
def _drawn(scope: str, since: datetime | None) -> None:
    shown: _Shown = st.session_state[_state(scope)]
    places, key = shown.places, _key(scope, shown.places)
    db = catalog()
    # A run that was cut short may have left something undone, of which no callback is told again.
    _noted(scope, key)
    told = _told(key)
    fresh, shown.fresh = shown.fresh, False
    start = next((number for number, place in enumerate(places) if place.id == shown.left), 0)
    had, piece = _piece(places, told, start)
    groups = {place.id: place.group for place in piece}
    counted = Counter(place.group for place in places)
    _list(
        key=key,
        data={
            "noted": shown.log.done,
            "total": len(places),
            "start": start,
            "from": had,
            "rows": rows(db, groups, since),
            "marks": _marks(db, places) if fresh else None,
            "groups": {group: f"{heading(group)} · {n:,}" for group, n in counted.items() if group},
            "figures": answers(db, told.get("figures")),
            "dark": style.theme() == "dark",
            "words": words(),
            "looks": looks(),
        },
        default={"told": {}},
        on_told_change=partial(_noted, scope, key),
    )
    if shown.log.going is not None:
        page, shown.left = navigation.target("paper"), shown.log.going
        shown.log.going = None
        st.switch_page(page, query_params={"id": shown.left})


def _state(scope: str) -> str:
    return f"triage-{scope}"


def _key(scope: str, places: Sequence[Place]) -> str:
    """The component's, which is another one for another list, and in another language."""
    words = "\n".join(f"{place.id} {place.group}" for place in places)
    return f"triage-{scope}-{language()}-{blake2s(words.encode(), digest_size=8).hexdigest()}"


def _left(before: _Shown, places: Sequence[Place]) -> str | None:
    """Where one stands on coming back: at the paper that was left, or the next one that is still there."""
    there = {place.id for place in places}
    old = [place.id for place in before.places]
    after = old[old.index(before.left) :] if before.left in old else []
    return next((paper for paper in after if paper in there), None)


def _told(key: str) -> dict[str, Any]:
    """What the browser told last; it may hold anything."""
    told = st.session_state.get(key, {}).get("told")
    return told if isinstance(told, dict) else {}


def _piece(places: Sequence[Place], told: dict[str, Any], start: int) -> tuple[int, Sequence[Place]]:
    """How many papers the browser has, and those that it gets now."""
    have = told.get("have")
    if not isinstance(have, int) or not 0 < have <= len(places):
        return 0, places[: start + PIECE]
    return have, places[have : have + PIECE] if told.get("more") else ()


def _marks(db: Database, places: Sequence[Place]) -> dict[str, dict[str, Any]]:
    """How each paper of the list stands that is not as it came."""
    found = standing(db, [place.id for place in places])
    return {paper: {"state": mark.state, "star": mark.star} for paper, mark in found.items()}


def _noted(scope: str, key: str) -> None:
    """Do what the browser's log says; what cannot be done is told, and undone in the browser too."""
    shown: _Shown = st.session_state[_state(scope)]
    refused, _whole = hear(catalog(), shown.log, _told(key).get("log"))
    if refused:
        shown.fresh = True
