"""How is an experiment tried? Its card: the claims, the button, the parameters, and the newest run in place."""

from __future__ import annotations

from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import jobs
from app.settings import settings
from app.ui import claims, forms, runs
from app.ui.words import _, text
from core.experiment import PRESETS, Experiment
from core.language import Text
from core.params import BadParam
from db import runs as ledger

PRESET_NAMES = {
    "quick": Text("Quick look · up to 1 minute", "빠르게 보기 · 1분 이내"),
    "standard": Text("Standard · up to 10 minutes", "표준 · 10분 이내"),
    "full": Text("Full · GPU, up to 10 minutes", "전체 · GPU, 10분 이내"),
}


def card(db: Database, experiment: Experiment) -> None:
    """Everything about one experiment, in one frame."""
    with st.container(border=True, key=f"experiment-{experiment.id}"):
        st.subheader(text(experiment.title), anchor=experiment.id)
        st.markdown(text(experiment.question))
        newest = ledger.find(db, experiment=experiment.id, limit=1)
        claims.draw(db, experiment)
        with st.expander(_("How it works, and why it may fail at this size")):
            st.markdown(text(experiment.how))
        _controls(db, experiment)
        if newest:
            runs.view(db, newest[0].id, scope=f"card-{experiment.id}")


def _controls(db: Database, experiment: Experiment) -> None:
    key = experiment.id
    preset = st.segmented_control(
        _("How long"),
        [name for name in PRESETS if name in experiment.presets],
        default="quick",
        required=True,
        format_func=lambda name: text(PRESET_NAMES[name]),
        key=f"preset-{key}",
        label_visibility="collapsed",
    )
    preset = str(preset or "quick")
    with st.expander(_("Parameters"), icon=":material/tune:"):
        values = forms.parameters(experiment.params, dict(experiment.presets[preset]), scope=f"{key}-{preset}")
        seed = st.number_input(
            _("Seed"), 0, 2**31 - 1, 0, key=f"seed-{key}", help=_("Two runs with one seed measure the same.")
        )
        null = st.toggle(
            _("Null world"),
            key=f"null-{key}",
            help=_("The same code with the mechanism switched off: here the verdict must not be “supported”."),
        )
    if st.button(_("Run"), type="primary", icon=":material/play_arrow:", key=f"run-{key}"):
        _submit(db, experiment, values, preset=preset, seed=int(seed), null=null)


def _submit(
    db: Database, experiment: Experiment, values: dict[str, Any], *, preset: str, seed: int, null: bool
) -> None:
    try:
        jobs.submit(
            db, settings(), experiment.id, params=values, preset=preset, seed=seed, null=null, device=settings().device
        )
    except BadParam as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()
