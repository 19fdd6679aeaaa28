"""How is an experiment tried? Its card: the claims, the button, the parameters, and the newest run in place."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import jobs
from app.runners import runners
from app.settings import settings
from app.ui import claims, forms, live, predicting, runs, shell
from app.ui.words import _, n_, text
from core.experiment import PRESETS, Experiment
from core.language import Text
from core.papers.taxonomy import topics
from core.params import BadParam, make_params
from db import runs as ledger
from db.listing import listed
from db.records import Filters
from db.runs import Run

PRESET_NAMES = {
    "quick": Text("Quick look · up to 1 minute", "빠르게 보기 · 1분 이내"),
    "standard": Text("Standard · up to 10 minutes", "표준 · 10분 이내"),
    "full": Text("Full · GPU, up to 10 minutes", "전체 · GPU, 10분 이내"),
}
FROM = "from"  # in the address: the run whose parameters the form begins with
OPEN = "experiment"  # in the address: the card that is open
PAPERS_COUNTED = 999
HERE = "local"
FRESH = timedelta(hours=1)


def cards(db: Database, experiments: list[Experiment]) -> None:
    """The experiments of a stage under one another; one of them is open, the others are a line each."""
    predicting.switch(db)
    asked = st.query_params.get(OPEN)
    known = [item.id for item in experiments]
    opened = asked if asked in known else _newest_of(db, known)
    for item in experiments:
        if item.id == opened:
            card(db, item)
        else:
            _closed(db, item)


def _newest_of(db: Database, known: list[str]) -> str:
    """The experiment that was run last, or the first."""
    found = [run for name in known for run in ledger.find(db, experiment=name, limit=1)]
    return max(found, key=lambda run: run.created).experiment if found else known[0]


def _closed(db: Database, experiment: Experiment) -> None:
    with st.container(border=True, key=f"closed-{experiment.id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{text(experiment.title)}**", width="stretch")
            if not predicting.covers(db, experiment):
                own = claims.newest(db, experiment)
                for claim in experiment.claims:
                    if claim.id in own:
                        claims.badge(own[claim.id].outcome)
            st.button(_("Open"), key=f"open-{experiment.id}", on_click=_open, args=(experiment.id,))
        st.caption(text(experiment.question))


def _open(experiment_id: str) -> None:
    st.query_params.from_dict({OPEN: experiment_id})


def card(db: Database, experiment: Experiment) -> None:
    """Everything about one experiment, in one frame: the button first, then what is known, then what one can type."""
    with st.container(border=True, key=f"experiment-{experiment.id}"):
        st.subheader(text(experiment.title), anchor=experiment.id)
        st.markdown(text(experiment.question))
        covered = predicting.covers(db, experiment)
        _controls(db, experiment)
        newest = next(iter(ledger.find(db, experiment=experiment.id, limit=1)), None)
        # What was just begun stands under its button; an old run has its place below.
        fresh = newest is not None and (newest.is_open or datetime.now(UTC) - newest.created < FRESH)
        if newest and fresh and (newest.is_open or not covered):
            runs.view(db, newest.id, scope=f"card-{experiment.id}")
        claims.draw(db, experiment, covered=covered)
        with st.expander(_("How it works, and why it may fail at this size")):
            st.markdown(text(experiment.how))
            _papers(db, experiment)
        live.draw(db, experiment)
        if newest and not fresh and not covered:
            st.markdown("**{}**".format(_("Your newest run")))
            runs.view(db, newest.id, scope=f"card-{experiment.id}")


def _papers(db: Database, experiment: Experiment) -> None:
    """Links to what the catalog has on the experiment's topics."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_("Papers on this:"), width="content")
        for topic in experiment.topics:
            found = listed(db, Filters(topic=topic), limit=0, most=PAPERS_COUNTED)
            n = n_("{n} paper", "{n} papers", found.n)
            label = f"{text(topics()[topic].name)} · {n}"
            st.page_link(shell.target("inbox"), label=label, query_params={"q": f"topic:{topic}"})


def _controls(db: Database, experiment: Experiment) -> None:
    key = experiment.id
    before = _run_to_change(db, experiment)
    preset = st.segmented_control(
        _("How long"),
        [name for name in PRESETS if name in experiment.presets],
        default=before.preset if before and before.preset in experiment.presets else "quick",
        required=True,
        format_func=lambda name: text(PRESET_NAMES[name]),
        key=f"preset-{key}" + (f"-{before.id}" if before else ""),
        label_visibility="collapsed",
    )
    preset = str(preset or "quick")
    values = dict(experiment.presets[preset])
    scope = f"{key}-{preset}"
    if before and preset == before.preset:
        values, scope = _values_of(experiment, before), f"{scope}-{before.id}"
        st.caption(_("With the parameters of run {run}; change what you like.").format(run=before.id))
    with st.expander(_("Parameters"), icon=":material/tune:", expanded=before is not None):
        values = forms.parameters(experiment.params, values, scope=scope)
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
        runner = _where(key)
    expected = predicting.ask(experiment)
    if st.button(
        _("Run"),
        type="primary",
        icon=":material/play_arrow:",
        key=f"run-{key}",
        disabled=expected is None,
        help=_("Say first what you expect of each claim.") if expected is None else None,
    ):
        how = {"preset": preset, "seed": int(seed), "null": null, "runner": runner}
        _submit(db, experiment, values, how, expected=expected or {})


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


def _submit(
    db: Database, experiment: Experiment, values: dict[str, Any], how: dict[str, Any], *, expected: dict[str, str]
) -> None:
    """
    :param how: preset, seed, null and runner.
    """
    try:
        run = jobs.submit(db, settings(), experiment.id, params=values, device=settings().device, **how)
    except BadParam as error:
        st.error(str(error), icon=":material/error:")
        return
    predicting.keep(db, run, expected)
    st.query_params.from_dict({OPEN: experiment.id})
    st.rerun()
