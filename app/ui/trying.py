"""How is an experiment tried? How long, with which parameters, where, and the button; a run submitted from anywhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import jobs
from app.runners import runners
from app.settings import settings
from app.ui import forms, predicting, trouble
from app.ui.escape import plain
from app.ui.words import _, text
from core.experiment import PRESETS, Experiment
from core.language import Text
from core.params import BadParam, make_params
from db import runs as ledger
from db.runs import Run

PRESET_NAMES = {
    "quick": Text("Quick · ≤ 1 min", "빠르게 · 1분 이내"),
    "standard": Text("Standard · ≤ 10 min", "표준 · 10분 이내"),
    "full": Text("Full · GPU", "전체 · GPU"),
}
FROM = "from"  # in the address: the run whose parameters the form begins with
HERE = "local"


def controls(db: Database, experiment: Experiment) -> Run | None:
    """The button, and what may be chosen before it is pressed.

    :returns: the run that was submitted just now.
    """
    before = _run_to_change(db, experiment)
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with line:
        preset = _preset(experiment, before)
    values = dict(experiment.presets[preset])
    scope = f"{experiment.id}-{preset}"
    if before and preset == before.preset:
        values, scope = _values_of(experiment, before), f"{scope}-{before.id}"
        st.caption(_("With the parameters of run {run}; change what you like.").format(run=before.id))
    with st.expander(_("Parameters"), icon=":material/tune:", expanded=before is not None):
        values = forms.parameters(experiment.params, values, scope=scope)
        how = {"preset": preset, **_seed_and_world(before, scope), "runner": _where(experiment.id)}
    expected = predicting.ask(db, experiment)
    with line:
        pressed = st.button(
            _("Run"),
            type="primary",
            icon=":material/play_arrow:",
            key=f"run-{experiment.id}",
            disabled=expected is None,
            help=_("Say first what you expect of each claim.") if expected is None else None,
        )
    return submit(db, experiment, values, how, expected=expected or {}) if pressed else None


def submit(
    db: Database,
    experiment: Experiment,
    values: dict[str, Any] | None = None,
    how: dict[str, Any] | None = None,
    *,
    expected: dict[str, str] | None = None,
) -> Run | None:
    """Put a run into the queue; None, and a line that says why, where its parameters are not allowed.

    :param values: parameters; the preset's where left out.
    :param how: preset, seed, null and runner; a quick look here where left out.
    :param expected: what the person expects of each claim.
    """
    try:
        run = jobs.submit(db, settings(), experiment.id, params=values, device=settings().device, **(how or {}))
    except BadParam as error:
        st.error(plain(trouble.told(error)), icon=":material/error:")
        return None
    predicting.keep(db, run, expected or {})
    return run


def _preset(experiment: Experiment, before: Run | None) -> str:
    chosen = st.segmented_control(
        _("How long"),
        [name for name in PRESETS if name in experiment.presets],
        default=before.preset if before and before.preset in experiment.presets else "quick",
        required=True,
        format_func=lambda name: text(PRESET_NAMES[name]),
        key=f"preset-{experiment.id}" + (f"-{before.id}" if before else ""),
        label_visibility="collapsed",
    )
    return str(chosen or "quick")


def _seed_and_world(before: Run | None, scope: str) -> dict[str, Any]:
    seed = st.number_input(
        _("Seed"),
        0,
        2**31 - 1,
        before.seed if before else 0,
        key=f"seed-{scope}",
        help=_("Two runs with one seed measure the same."),
    )
    null = st.toggle(
        _("Null world"),
        before.null if before else False,
        key=f"null-{scope}",
        help=_("The same code with the mechanism switched off: here the verdict must not be “supported”."),
    )
    return {"seed": int(seed), "null": null}


def _run_to_change(db: Database, experiment: Experiment) -> Run | None:
    """The run that the address names, if it is of this experiment."""
    try:
        run = ledger.get(db, st.query_params.get(FROM, ""))
    except ledger.UnknownRun:
        return None
    return run if run.experiment == experiment.id else None


def _values_of(experiment: Experiment, run: Run) -> dict[str, Any]:
    """A run's parameters; those that are no longer allowed are left at their defaults."""
    known: dict[str, Any] = {}
    for name, value in run.params.items():
        try:
            known[name] = asdict(make_params(experiment.params, {name: value}))[name]
        except BadParam:
            continue
    return known


def _where(key: str) -> str:
    """On which machine; no question where there is only this one."""
    others = [name for name, runner in runners().items() if name != HERE and runner.hindrance() is None]
    if not others:
        return HERE
    names = {HERE: _("this machine"), "ray": _("the Ray cluster")}
    chosen = st.segmented_control(
        _("Where"),
        [HERE, *others],
        default=others[0],
        required=True,
        format_func=lambda name: names.get(name, name),
        key=f"where-{key}",
    )
    return str(chosen)
