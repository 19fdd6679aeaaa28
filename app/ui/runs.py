"""How does a run look while it goes and when it is done? The same picture, drawn from its event lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import jobs, pictures
from app.jobs import Said
from app.settings import settings
from app.ui import charts, claims, notebook
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, event_text, language, text
from core.events import Event, Measure, Progress, Sample, Skip, Status, Table, Verdict
from core.experiment import Experiment
from core.registry import discover
from db import runs as ledger
from db.runs import Run

POLL = 1.0  # seconds between two looks at a run that goes
ARM_SAMPLES = 3
RUNS_KEPT = 4  # a stage page shows the newest run of each of its experiments


def experiment_of(run: Run) -> Experiment | None:
    """The experiment of a run, or None where it is no longer there."""
    found: Experiment | None = discover("core.experiments", "EXPERIMENT").get(run.experiment)
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
    experiment = experiment_of(run)
    return text(experiment.title) if experiment else plain(run.experiment)


def about(run: Run) -> str:
    """How it ran, in one line; escaped."""
    parts = [run.preset or "", _("seed {n}").format(n=run.seed), run.ran_on or run.device or "", run.id]
    return plain(" · ".join(part for part in parts if part))


def view(db: Database, run_id: str, *, scope: str, titled: bool = False) -> None:
    """A run: live while it goes, then as it ended."""
    try:
        run = ledger.get(db, run_id)
    except ledger.UnknownRun:
        st.info(_("There is no such run."), icon=":material/search_off:")
        return
    if titled:
        st.header(title(run), anchor=False)
    if run.is_open:
        _live(run_id, scope)
    else:
        _draw(db, run, scope)


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
    events = [event for event, _head in said]
    experiment = experiment_of(run)
    labels = {arm: text(name) for arm, name in experiment.labels.items()} if experiment else {}
    _head(db, run, said, scope)
    for event in events:
        if isinstance(event, Skip):
            words = f"{labels.get(event.arm, event.arm)}: {event_text(event.reason)}"
            st.caption(f":material/do_not_disturb_on: {plain(words)}")
    _verdicts([event for event in events if isinstance(event, Verdict)], experiment)
    _results(experiment, run.id, events, labels, scope)
    if not run.is_open:
        _actions(db, run, scope)


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
        place = jobs.place_in_queue(db, run.id)
        st.progress(0.0, text=_("In the queue, place {n}.").format(n=place))
    elif run.state == "running":
        done, note = progress(said)
        st.progress(done, text=plain(note) or _("Starting …"))
    elif run.message and run.state == "failed":
        st.error(plain(run.message), icon=":material/error:")
    for event, head in said:
        if isinstance(event, Status) and event.state == "failed" and head["unit"] is not None:
            st.warning(plain(f"{head['unit']}: {event.message}"), icon=":material/warning:")


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
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            claims.badge(verdict.outcome)
            st.markdown(f"**{text(claim.sentence) if claim else plain(verdict.claim)}**")
        st.caption(plain(claims.reason(verdict)) + f" · n = {verdict.n}")


def _results(
    experiment: Experiment | None, run_id: str, events: Sequence[Event], labels: dict[str, str], scope: str
) -> None:
    columns = st.columns(2, gap="medium")
    for place, picture in enumerate(pictures.of_run(experiment, run_id, events, language=language())):
        with columns[place % 2]:
            charts.show(picture, key=f"{picture.name}-{scope}")
    tables = {event.title.get("en", ""): event for event in events if isinstance(event, Table)}
    for table in tables.values():
        st.markdown(f"**{plain(event_text(table.title))}**")
        heads = [event_text(column) for column in table.columns]
        st.dataframe([dict(zip(heads, row, strict=False)) for row in table.rows], hide_index=True)
    samples: dict[str, list[Sample]] = {}
    for event in events:
        if isinstance(event, Sample):
            samples.setdefault(event.arm, []).append(event)
    for arm, mine_samples in samples.items():
        with st.expander(_("Samples: {arm}").format(arm=plain(labels.get(arm, arm)))):
            for sample in mine_samples[-ARM_SAMPLES:]:
                st.text(f"{sample.prompt}\n→ {sample.text}")
    measures = [event for event in events if isinstance(event, Measure)]
    if measures:
        with st.expander(_("All measures")):
            st.dataframe([_measure(event, labels) for event in measures], hide_index=True)


def _measure(event: Measure, labels: dict[str, str]) -> dict[str, Any]:
    return {
        _("measure"): event.name,
        _("arm"): labels.get(event.arm, event.arm),
        _("replicate"): event.replicate,
        _("value"): event.value,
        _("unit"): event.unit_of_measure,
        _("exact"): event.exact,
    }


def again(db: Database, run: Run) -> Run:
    """Submit a run with the same parameters and seed once more."""
    return jobs.submit(
        db,
        settings(),
        run.experiment,
        params=run.params,
        preset=run.preset or "quick",
        seed=run.seed,
        null=run.null,
        device=run.device,
    )


def _actions(db: Database, run: Run, scope: str) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Run again"), icon=":material/replay:", key=f"again-{scope}-{run.id}"):
            again(db, run)
            st.rerun()
        notebook.pin_button(db, kind="run", target=run.id, scope=scope)
        lines = settings().runs / run.id / "events.jsonl"
        if lines.exists():
            st.download_button(
                _("Events as JSON lines"),
                lines.read_bytes(),
                file_name=f"{run.id}.jsonl",
                mime="application/x-ndjson",
                icon=":material/download:",
                key=f"download-{scope}-{run.id}",
                on_click="ignore",
            )
