"""How do the claims of an experiment stand, in a word each? One's own newest run, and what the project has recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from sqlite_utils import Database

from app.ui import claims
from app.ui.words import _
from core.experiment import Experiment
from core.reference import recorded
from db import runs

_STRONGEST = ("full", "standard", "quick")
_HOLDS = 300  # seconds that the recorded verdicts hold; they change with the code


@dataclass(frozen=True, kw_only=True)
class Glance:
    """Outcomes in the real world, in the order of the claims; a claim without one is left out.

    :param own: of the newest run that was decided.
    :param recorded: of the strongest preset that is recorded.
    """

    own: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()


def of_experiments(db: Database, experiments: Sequence[Experiment]) -> dict[str, Glance]:
    """Experiment id to how its claims stand."""
    decided = runs.latest_verdicts(db)
    found = {}
    for experiment in experiments:
        _run, verdicts = decided.get(experiment.id, (None, []))
        own = {verdict.claim: verdict.outcome for verdict in verdicts}
        kept = _recorded(experiment.id)
        order = [claim.id for claim in experiment.claims]
        found[experiment.id] = Glance(
            own=tuple(own[claim] for claim in order if claim in own),
            recorded=tuple(kept[claim] for claim in order if claim in kept),
        )
    return found


@st.cache_data(ttl=_HOLDS, show_spinner=False)
def _recorded(experiment_id: str) -> dict[str, str]:
    """Claim id to its outcome."""
    real = [item for item in recorded(experiment_id) if not item.null and item.preset in _STRONGEST]
    real.sort(key=lambda item: _STRONGEST.index(item.preset))
    return {verdict.claim: verdict.outcome for item in real[:1] for verdict in item.verdicts}


def draw(seen: Glance) -> None:
    """A line for one's own and one for what is recorded; a word where there is neither."""
    lines = []
    if seen.own:
        lines.append(":small[{}] ".format(_("yours")) + claims.signs(seen.own))
    if seen.recorded:
        lines.append(":small[{}] ".format(_("recorded")) + claims.signs(seen.recorded))
    st.markdown("  \n".join(lines) or ":small[{}]".format(_("not tried yet")))
