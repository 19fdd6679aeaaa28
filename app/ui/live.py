"""What does a model say while one types? A panel on an experiment's card, answered by the warm session.

Nothing is asked before somebody comes to the text or changes a setting: who only reads the page starts no process. From
then on the panel alone is drawn anew, a moment after a key; the page around it stands still and stays usable, also
while the libraries load.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from uuid import uuid4

import streamlit as st
from sqlite_utils import Database

from app import pictures
from app.session.client import Answer, Question, session
from app.ui import charts, events, forms, text_area
from app.ui.escape import plain
from app.ui.words import _, language, text
from core.events import Event, Figure
from core.experiment import Experiment
from core.live import Live
from core.registry import discover

WAIT = 0.5  # seconds that a panel waits for an answer before it draws itself without
POLL = 0.25  # seconds between two looks for an answer that takes longer


@dataclass
class _Asked:
    """What one panel of one visitor has asked last, and the last answer that it got."""

    values: dict[str, Any]
    question: Question
    shown: Answer | None = None

    @property
    def dropped(self) -> bool:
        """Whether there will be no answer."""
        return self.question.answer is not None and self.question.answer.outcome == "dropped"


def draw(db: Database, experiment: Experiment) -> None:
    """The panels of an experiment; nothing where it has none."""
    for live in discover("core.live", "LIVE").values():
        if live.experiment == experiment.id:
            with st.container(key=f"live-{live.id}", gap="small"):
                _panel(live.id)


@st.fragment
def _panel(live_id: str) -> None:
    """The settings, and under them what is drawn anew for every key."""
    live: Live = discover("core.live", "LIVE")[live_id]
    st.markdown(f":material/keyboard: **{text(live.title)}**")
    with st.container(horizontal=True, gap="small"):
        values = forms.parameters(live.params, {}, scope=f"live-{live_id}", without=live.typed)
    _typing(live_id, values)


@st.fragment
def _typing(live_id: str, values: dict[str, Any]) -> None:
    live: Live = discover("core.live", "LIVE")[live_id]
    known: dict[str, Any] = {item.name: item for item in fields(live.params)}
    about = known[live.typed]
    label = text(about.metadata["label"]) if about.metadata["label"] else live.typed
    typed = text_area.draw(label, about.default, help=text(live.help), key=f"typed-{live_id}")
    if typed is None and all(value == known[name].default for name, value in values.items()):
        st.caption(_("Click into the text, or type: the answer follows."))
        return
    _answer(live_id, values | {live.typed: about.default if typed is None else typed})


def _answer(live_id: str, values: dict[str, Any]) -> None:
    """The answer to these values; where it takes long, the last one and a hint that more will come."""
    asked = _asked(live_id, values)
    answer = asked.question.wait(WAIT if session().ready else 0)
    if answer is None or answer.outcome == "dropped":
        _coming(live_id)
    else:
        asked.shown = answer
        if answer.said.en:
            st.error(plain(answer.said.to(language())), icon=":material/error:")
    if asked.shown is not None:
        _draw_events(asked.shown.events, scope=f"live-{live_id}")


def _asked(live_id: str, values: dict[str, Any]) -> _Asked:
    """What the panel has asked: asked now, unless it was asked before and still counts."""
    panels: dict[str, _Asked] = st.session_state.setdefault("live", {})
    before = panels.get(live_id)
    if before is not None and before.values == values and not before.dropped:
        return before
    visitor: str = st.session_state.setdefault("live-visitor", uuid4().hex)
    question = session().ask(f"{visitor}-{live_id}", live_id, values)
    panels[live_id] = _Asked(values, question, before.shown if before else None)
    return panels[live_id]


@st.fragment(run_every=POLL)
def _coming(live_id: str) -> None:
    """Looks for the answer until it is there, without the rest of the panel."""
    asked: _Asked = st.session_state["live"][live_id]
    if asked.question.answer is not None:
        st.rerun()
    if session().ready:
        words = _("Thinking …")
    else:
        words = _("The model's libraries are being loaded, once, for some seconds. Go on typing.")
    st.caption(f":material/hourglass_top: {words}")


def _draw_events(found: tuple[Event, ...], *, scope: str) -> None:
    """A single chart beside the rest; several side by side above it."""
    shown = pictures.of_run(None, scope, found, language=language())
    if len(shown) == 1 and any(not isinstance(event, Figure) for event in found):
        left, right = st.columns(2, gap="medium")
        with left:
            charts.show(shown[0], key=f"{shown[0].name}-{scope}")
    else:
        events.figures(found, experiment=None, run_id=scope, scope=scope)
        right = st.container()
    with right:
        events.strips(found, scope=scope)
        events.tables(found)
        events.samples(found, {})
