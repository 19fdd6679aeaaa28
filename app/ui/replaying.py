"""How did a run go? Its events once more in a few seconds, at the pace at which they came, or at any moment of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st

from app.jobs import Said
from app.ui.words import _

SECONDS = 12.0  # that a replay takes
TICK = 0.5


def draw(run_id: str, said: Sequence[Said], show: Callable[[Sequence[Said]], None]) -> None:
    """The player, and what the run had said up to the moment that it shows.

    :param show: draws these events.
    """
    if f"replay-{run_id}" not in st.session_state:
        _play(run_id)
    if st.session_state[f"replay-{run_id}"] is None:
        _at(run_id, said, _end(said), show)
    else:
        _playing(run_id, said, show)


@st.fragment(run_every=TICK)
def _playing(run_id: str, said: Sequence[Said], show: Callable[[Sequence[Said]], None]) -> None:
    end = _end(said)
    at = (time.monotonic() - st.session_state[f"replay-{run_id}"]) / SECONDS * end
    if at >= end:
        st.session_state[f"replay-{run_id}"] = None
        st.rerun()
    _at(run_id, said, at, show)


def _at(run_id: str, said: Sequence[Said], at: float, show: Callable[[Sequence[Said]], None]) -> None:
    end = _end(said)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(_("Play"), icon=":material/play_arrow:", key=f"play-{run_id}", on_click=_play, args=(run_id,))
        st.caption(_("{now} of {end} seconds").format(now=f"{at:.0f}", end=f"{end:.0f}"), width="content")
    st.progress(at / end if end else 1.0)
    show([pair for pair in said if pair[1]["t"] <= at])


def _play(run_id: str) -> None:
    st.session_state[f"replay-{run_id}"] = time.monotonic()


def _end(said: Sequence[Said]) -> float:
    return max((head["t"] for _event, head in said), default=0.0)
