"""How does a run look while it goes and when it is done? The same picture, drawn from its event lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st
from sqlite_utils import Database

from app import jobs, sharing
from app.jobs import Said
from app.running.timing import seconds_left
from app.settings import settings
from app.ui import claims, events, interval, predicting, replaying, run_actions, trouble
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, event_text, text
from core.events import Progress, Skip, Status, Verdict
from core.experiment import Experiment
from core.registry import discover
from db import runs as ledger
from db.runs import Run

POLL = 1.0  # seconds between two looks at a run that goes
RUNS_KEPT = 4  # a stage page shows the newest run of the experiment that is open


def experiment_of(experiment_id: str) -> Experiment | None:
    """The experiment of a run, or None where it is no longer there."""
    found: Experiment | None = discover("core.experiments", "EXPERIMENT").get(experiment_id)
    return found


def state_name(state: str) -> str:
    """A run's state in the visitor's language."""
    return {
        "queued": _("queued"),
        "running": _("running"),
        "finished": _("finished"),
        "failed": _("failed"),
        "cancelled": _("cancelled"),
    }.get(state, state)


STATE_LOOKS = {
    "queued": ("gray", ":material/hourglass_top:"),
    "running": ("blue", ":material/play_circle:"),
    "finished": ("green", ":material/check:"),
    "failed": ("red", ":material/error:"),
    "cancelled": ("orange", ":material/block:"),
}


def state_badge(state: str) -> None:
    """The state as a badge."""
    shade, icon = STATE_LOOKS[state]
    st.badge(state_name(state), icon=icon, color=shade)  # type: ignore[arg-type]


def title(run: Run) -> str:
    """What ran, for people; escaped."""
    experiment = experiment_of(run.experiment)
    return text(experiment.title) if experiment else plain(run.experiment)


def about(run: Run) -> str:
    """How it ran, in one line; escaped."""
    parts = [run.preset or "", _("seed {n}").format(n=run.seed), run.ran_on or run.device or "", run.id]
    return plain(" · ".join(part for part in parts if part))


def view(db: Database, run_id: str, *, scope: str, titled: bool = False, replay: bool = False) -> None:
    """A run: live while it goes, then as it ended.

    :param replay: show once more how it went.
    """
    try:
        run = ledger.get(db, run_id)
    except ledger.UnknownRun:
        st.info(_("There is no such run."), icon=":material/search_off:")
        return
    if titled:
        st.header(title(run), anchor=False)
    if run.is_open:
        _live(run_id, scope)
    elif replay:
        experiment = experiment_of(run.experiment)
        replaying.draw(run.id, said_by(run.id), lambda said: results(experiment, run.id, said, scope))
    else:
        _draw(db, run, scope)
        predicting.against(db, run)
        run_actions.draw(db, run, experiment_of(run.experiment), scope=scope)


def shared(content: bytes) -> None:
    """A run that somebody gave away; nothing of it is kept."""
    try:
        found = sharing.read(content)
    except sharing.NoSharedRun as error:
        st.error(plain(trouble.told(error)), icon=":material/error:")
        return
    experiment = experiment_of(found.experiment)
    st.header(text(experiment.title) if experiment else plain(found.experiment), anchor=False)
    parts = (found.about.get("preset"), _("seed {n}").format(n=found.about.get("seed")), found.run)
    st.badge(_("shared with you, not of this catalog"), color="violet", icon=":material/share:")
    st.caption(plain(" · ".join(str(part) for part in (*parts, found.about.get("commit")) if part)))
    results(experiment, f"shared-{found.run}", found.said, "shared")


@st.fragment(run_every=POLL)
def _live(run_id: str, scope: str) -> None:
    """Looks again every second, without the rest of the page."""
    db = catalog()
    run = ledger.get(db, run_id)
    if not run.is_open:
        st.rerun()
    _draw(db, run, scope)


def said_by(run_id: str) -> list[Said]:
    """What a run has said so far; only new lines are read, and the last few runs are kept in memory."""
    kept: dict[str, list[Said]] = st.session_state.setdefault("said", {})
    said = kept.get(run_id, [])
    fresh = jobs.events(settings().runs / run_id, after_line=said[-1][1]["line"] if said else 0)
    if fresh:
        said = [*said, *fresh]
        kept.pop(run_id, None)
        kept[run_id] = said
        for oldest in list(kept)[:-RUNS_KEPT]:
            del kept[oldest]
    return said


def _draw(db: Database, run: Run, scope: str) -> None:
    said = said_by(run.id)
    _head(db, run, said, scope)
    # A chart that still grows is not pinned yet.
    results(experiment_of(run.experiment), run.id, said, scope, pins=None if run.is_open else db)


def results(
    experiment: Experiment | None, run_id: str, said: Sequence[Said], scope: str, *, pins: Database | None = None
) -> None:
    """What a run has found: verdicts, charts, tables, texts.

    :param pins: the catalog to whose notebook its charts can be pinned.
    """
    found = [event for event, _head in said]
    labels = {arm: text(name) for arm, name in experiment.labels.items()} if experiment else {}
    for event in found:
        if isinstance(event, Skip):
            words = f"{labels.get(event.arm, event.arm)}: {event_text(event.reason)}"
            st.caption(f":material/do_not_disturb_on: {plain(words)}")
    _verdicts([event for event in found if isinstance(event, Verdict)], experiment)
    events.draw(found, experiment=experiment, run_id=run_id, labels=labels, scope=scope, pins=pins)


def _head(db: Database, run: Run, said: Sequence[Said], scope: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        state_badge(run.state)
        if run.null:
            st.badge(_("null world"), color="violet")
        st.caption(about(run))
        if run.is_open and st.button(_("Cancel"), icon=":material/stop_circle:", key=f"cancel-{scope}-{run.id}"):
            jobs.cancel(db, settings(), run.id)
            st.rerun()
    if run.state == "queued":
        place = jobs.place_in_queue(db, settings(), run.id)
        st.progress(0.0, text=_("In the queue, place {n}.").format(n=place))
    elif run.state == "running":
        done, note = progress(said)
        words = " · ".join(part for part in (plain(note) or _("Starting …"), _left(run, said)) if part)
        st.progress(done, text=words)
    elif run.message and run.state == "failed":
        st.error(plain(run.message), icon=":material/error:")
    for event, head in said:
        if isinstance(event, Status) and event.state == "failed" and head["unit"] is not None:
            st.warning(plain(f"{head['unit']}: {event.message}"), icon=":material/warning:")


def _left(run: Run, said: Sequence[Said]) -> str:
    """How long it will still take, in words; '' where that cannot be said yet."""
    if run.started is None:
        return ""
    left = seconds_left(said, elapsed=(datetime.now(UTC) - run.started).total_seconds())
    if left is None:
        return ""
    if left < 90:
        return _("about {n} s left").format(n=max(1, round(left)))
    return _("about {n} min left").format(n=round(left / 60))


def progress(said: Sequence[Said]) -> tuple[float, str]:
    """How far a run is, from 0 to 1, and what it does now: the progress of the run, not that of a unit."""
    done, note = 0.0, ""
    for event, head in said:
        if isinstance(event, Progress) and head["unit"] is None:
            done, note = event.done, event_text(event.note)
    return min(1.0, max(0.0, done)), note


def _verdicts(verdicts: Sequence[Verdict], experiment: Experiment | None) -> None:
    known = {claim.id: claim for claim in experiment.claims} if experiment else {}
    for verdict in verdicts:
        claim = known.get(verdict.claim)
        sentence = text(claim.sentence) if claim else plain(verdict.claim)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            claims.badge(verdict.outcome, null=verdict.null)
            st.markdown(f"**{sentence}**")
        interval.draw([interval.Bar(name=_("this run"), verdict=verdict)], margin=verdict.margin, what=sentence)
        st.caption(plain(claims.reason(verdict)) + f" · n = {verdict.n}")
