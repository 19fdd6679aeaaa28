"""What can be done with a run that has ended? Done again, changed, compared, replayed, shared, written down."""

from __future__ import annotations

import shlex

import streamlit as st
from sqlite_utils import Database

from app import jobs, sharing
from app.running.execution import folder_of, runner_of
from app.settings import settings
from app.ui import navigation, notebook, trouble
from app.ui.escape import plain
from app.ui.words import _
from core.experiment import Experiment
from core.params import BadParam
from db import runs as ledger
from db.runs import Run

COMPARED = 30  # runs that are offered for a comparison


def draw(db: Database, run: Run, experiment: Experiment | None, *, scope: str) -> None:
    """The buttons under a run."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if experiment and st.button(_("Run again"), icon=":material/replay:", key=f"again-{scope}-{run.id}"):
            again(db, run)
        if experiment:
            st.page_link(
                navigation.target(experiment.stage),
                label=_("Change and run"),
                icon=":material/tune:",
                query_params={"experiment": experiment.id, "from": run.id},
            )
        st.page_link(
            navigation.target("runs"),
            label=_("Replay"),
            icon=":material/slow_motion_video:",
            query_params={"run": run.id, "replay": "1"},
        )
        _compare(db, run, scope)
        _share(run, experiment, scope)
        notebook.pin_button(db, kind="run", target=run.id, scope=scope)


def again(db: Database, run: Run) -> None:
    """Submit a run with the same parameters and seed once more, where it ran; a line where they are none any more."""
    places = settings()
    try:
        jobs.submit(
            db,
            places,
            run.experiment,
            params=run.params,
            preset=run.preset or "quick",
            seed=run.seed,
            null=run.null,
            device=run.device,
            runner=runner_of(folder_of(places, run.id)).id,
        )
    except BadParam as error:
        st.error(plain(trouble.told(error)), icon=":material/error:")
    else:
        st.rerun()


def _compare(db: Database, run: Run, scope: str) -> None:
    others = [other for other in ledger.find(db, experiment=run.experiment, limit=COMPARED) if other.id != run.id]
    if not others:
        return
    with st.popover(_("Compare"), icon=":material/compare_arrows:"):
        for other in others:
            seed = _("seed {n}").format(n=other.seed)
            parts = (f"{other.created:%Y-%m-%d %H:%M}", other.preset, seed, _("null world") if other.null else "")
            label = " · ".join(part for part in parts if part)
            st.page_link(navigation.target("runs"), label=plain(label), query_params={"run": run.id, "with": other.id})


def _share(run: Run, experiment: Experiment | None, scope: str) -> None:
    folder = settings().runs / run.id
    with st.popover(_("Share"), icon=":material/share:"):
        try:
            content = sharing.write(folder)
        except sharing.NoSharedRun as error:
            st.caption(plain(trouble.told(error)))
            return
        st.download_button(
            _("As one file (JSON)"),
            content,
            file_name=sharing.file_name(run),
            mime="application/json",
            icon=":material/download:",
            key=f"share-{scope}-{run.id}",
            on_click="ignore",
            help=_("Whoever opens it on the page Runs sees these charts and verdicts."),
        )
        st.caption(_("A link for this machine"))
        st.code(
            f"{(st.context.url or '').split('?')[0].rpartition('/')[0]}/runs?run={run.id}",
            language=None,
            wrap_lines=True,
        )
        if experiment:
            st.caption(_("The same run anywhere else"))
            st.code(command(run, experiment), language=None, wrap_lines=True)


def command(run: Run, experiment: Experiment) -> str:
    """The command that does the same run: only what differs from the preset is named."""
    words = ["python", "-m", "app", "run", run.experiment, "--preset", run.preset or "quick", "--seed", str(run.seed)]
    usual = jobs.values_of(experiment, run.preset or "quick")
    for name, value in run.params.items():
        if usual.get(name) != value:
            given = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            words += ["--set", f"{name}={given}"]
    return shlex.join([*words, *(["--null"] if run.null else [])])
