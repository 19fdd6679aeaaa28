"""How is the daily sync chosen? A switch, a time on the visitor's clock, and the sources."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import available_timezones

import streamlit as st
from sqlite_utils import Database

from app import schedule
from app.queue import is_served
from app.schedule import Schedule
from app.settings import settings
from app.ui import moments, sync_words
from app.ui.catalog import catalog
from app.ui.words import _
from core.registry import discover

_ON, _AT, _ZONE, _SOURCES = "schedule-on", "schedule-at", "schedule-zone", "schedule-sources"


def section(db: Database) -> None:
    """The choice, and when the next sync is."""
    st.header(_("Daily sync"), anchor=False)
    st.markdown(
        _(
            "New papers come in by themselves once a day. arXiv announces at 20:00 in New York, Sunday to Thursday, "
            "and shows it to programs about midnight there; the time that stands here at first is shortly after that."
        )
    )
    choice = schedule.read_schedule(db, zone=moments.zone())
    # What is kept is the truth; it may have been changed by a command.
    st.session_state[_ON], st.session_state[_AT] = choice.on, choice.at
    st.session_state[_ZONE], st.session_state[_SOURCES] = choice.zone, [source.id for source in choice.asked]
    st.toggle(_("Sync every day"), key=_ON, on_change=_keep)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.time_input(_("At"), key=_AT, step=900, on_change=_keep, width=140)
        zones = sorted(available_timezones() | {choice.zone})
        st.selectbox(_("Time zone"), zones, key=_ZONE, on_change=_keep, width=240)
        found = discover("core.papers.sources", "SOURCE").values()
        known = [source.id for source in found if source.about.provider is not None]
        st.multiselect(
            _("Sources"), known, format_func=sync_words.title, key=_SOURCES, on_change=_keep, width="stretch"
        )
    _when(db)


def _when(db: Database) -> None:
    """When the next one is, how the last one went, and what it needs."""
    now = datetime.now(UTC)
    plan = schedule.upcoming(db, now=now)
    if plan is None:
        return
    words = _("Next try: {time} ({left})") if plan.tries else _("Next sync: {time} ({left})")
    st.caption(
        f":material/schedule: {words.format(time=moments.clock(plan.due, now), left=moments.left(plan.due, now))}"
    )
    if plan.missing:
        names = ", ".join(sync_words.title(source) for source in plan.missing)
        ended = moments.clock(plan.ended or now, now)
        st.caption(_("The try of {time} did not end well for: {sources}").format(time=ended, sources=names))
    if not is_served(settings()):
        st.warning(
            _("Nobody looks at the clock at the moment: the daily sync waits until python -m app serve runs."),
            icon=":material/schedule:",
        )


def _keep() -> None:
    db = catalog()
    sources = tuple(st.session_state[_SOURCES])
    at: time = st.session_state[_AT]
    default = {source.id for source in Schedule(at=at, zone=st.session_state[_ZONE]).asked}
    chosen = Schedule(
        on=st.session_state[_ON],
        at=at.replace(second=0, microsecond=0),
        zone=st.session_state[_ZONE],
        # Those of every sync, whichever they will be.
        sources=() if set(sources) == default else sources,
    )
    schedule.choose(db, chosen, now=datetime.now(UTC))
