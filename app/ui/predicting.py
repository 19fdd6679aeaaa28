"""What do you expect? For teaching: the page asks for the outcome before it shows one."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st
from sqlite_utils import Database

from app.ui import claims
from app.ui.catalog import catalog
from app.ui.words import _, text
from core.experiment import Experiment
from db import predictions
from db import runs as ledger
from db.runs import Run
from db.settings import read_setting, write_setting

OUTCOMES = ("supported", "too small to tell", "not supported")
_SWITCH = "predict-first"


def switch(db: Database) -> None:
    """The switch, kept for the next visit, and how often one was right."""
    st.session_state.setdefault(_SWITCH, is_on(db))
    st.toggle(
        _("Predict first"),
        key=_SWITCH,
        on_change=_keep_switch,
        help=_("For learning: results stay covered until you have said what you expect and tried it."),
    )
    found = predictions.hits(db)
    if st.session_state[_SWITCH] and found.told:
        st.caption(_("{right} of {told} predictions came true.").format(right=found.right, told=found.told))


def _keep_switch() -> None:
    # It is called in another thread than the one that drew the switch, whose connection does not work here.
    write_setting(catalog(), _SWITCH, "yes" if st.session_state[_SWITCH] else "no")


def is_on(db: Database) -> bool:
    """Whether a prediction is asked for before a run, on pages without the switch too."""
    return read_setting(db, _SWITCH) == "yes"


def covers(db: Database, experiment: Experiment) -> bool:
    """Whether the results of an experiment are still to be covered: nothing was predicted and seen to its end."""
    if not is_on(db):
        return False
    return not any(predictions.of_run(db, run.id) for run in _ended(db, experiment))


def ask(db: Database, experiment: Experiment) -> dict[str, str] | None:
    """What the person expects of each claim; None while an answer is missing. {} where it is not asked for."""
    if not is_on(db):
        return {}
    said = {}
    with st.container(border=True, gap="xsmall"):
        st.markdown("**{}**".format(_("What do you expect?")))
        for claim in experiment.claims:
            st.markdown(text(claim.sentence))
            chosen = st.segmented_control(
                text(claim.sentence),
                OUTCOMES,
                format_func=claims.outcome_name,
                key=f"predict-{experiment.id}-{claim.id}",
                label_visibility="collapsed",
            )
            if chosen:
                said[claim.id] = str(chosen)
    return said if len(said) == len(experiment.claims) else None


def keep(db: Database, run: Run, said: dict[str, str]) -> None:
    """Note it with the run."""
    predictions.keep(db, run.id, said, at=datetime.now(UTC))


def against(db: Database, run: Run) -> None:
    """What was expected of a run that has ended, beside what came out."""
    said = predictions.of_run(db, run.id)
    if not said:
        return
    verdicts = {verdict.claim: verdict.outcome for verdict in ledger.verdicts(db, run.id)}
    for claim, outcome in said.items():
        if claim not in verdicts:
            continue
        right = verdicts[claim] == outcome
        words = (
            _("You expected: {outcome}. It came true.") if right else _("You expected: {outcome}. It came otherwise.")
        )
        icon = ":material/check:" if right else ":material/close:"
        st.caption(f"{icon} {words.format(outcome=claims.outcome_name(outcome))}")


def _ended(db: Database, experiment: Experiment) -> list[Run]:
    return ledger.find(db, experiment=experiment.id, states=("finished",), null=False)
