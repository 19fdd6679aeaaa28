"""Which experiments does a stage have, how do their claims stand, and what does one of them do? A line each; one opens.

A line has the title, the question, the verdicts at a glance and a button that runs it at once. The one that is open
shows all the rest in its place: parameters, the run as it goes, what one can type, claims, explanation and source.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st
from sqlite_utils import Database

from app.ui import address, arriving, claims, glance, live, navigation, predicting, runs, source_code, trying
from app.ui.catalog import catalog
from app.ui.glance import Glance
from app.ui.words import _, n_, text
from core.experiment import Experiment
from core.papers.taxonomy import topics
from core.registry import discover
from db import runs as ledger
from db.listing import listed
from db.records import Filters
from db.runs import Run

OPEN = "experiment"  # in the address: the one that is open
VIEW = "view"  # in the address: which side of it
PAPERS_COUNTED = 999
FRESH = timedelta(hours=1)


def of_stage(stage: str) -> list[Experiment]:
    """The experiments of a stage."""
    return [item for item in discover("core.experiments", "EXPERIMENT").values() if item.stage == stage]


def rows(db: Database, experiments: Sequence[Experiment]) -> None:
    """The experiments under one another; one of them may be open, the others are a line each."""
    opened = _opened(db, experiments)
    seen = glance.of_experiments(db, experiments)
    for item in experiments:
        if item.id == opened:
            card(db, item)
        else:
            _row(db, item, seen[item.id])


def _opened(db: Database, experiments: Sequence[Experiment]) -> str | None:
    """The experiment that the address names, else one that runs just now."""
    asked = st.query_params.get(OPEN)
    if any(item.id == asked for item in experiments):
        return asked
    going = [run.experiment for run in ledger.find(db, states=ledger.OPEN)]
    found = next((item.id for item in experiments if asked is None and item.id in going), None)
    if found is not None:
        # It stays open when its run has ended.
        st.query_params[OPEN] = found
    return found


# --- a line -----------------------------------------------------------------------------------------------------------


def _row(db: Database, experiment: Experiment, seen: Glance) -> None:
    covered = predicting.covers(db, experiment)
    with st.container(border=True, key=f"closed-{experiment.id}", horizontal=True, vertical_alignment="center"):
        with st.container(key=f"what-{experiment.id}", gap=None):
            st.button(
                text(experiment.title),
                icon=":material/chevron_right:",
                key=f"open-{experiment.id}",
                type="tertiary",
                on_click=_open,
                args=(experiment.id,),
            )
            st.caption(text(experiment.question))
        with st.container(key=f"seen-{experiment.id}"):
            if covered:
                st.markdown(":small[{}]".format(_("covered")))
            else:
                glance.draw(seen)
        st.button(
            _("Run"),
            icon=":material/play_arrow:",
            key=f"start-{experiment.id}",
            help=_("A quick look, up to a minute; it opens here."),
            on_click=_start,
            args=(experiment.id,),
        )


def _open(experiment_id: str | None) -> None:
    """Open this one, or none; for a button."""
    for param in (OPEN, VIEW, trying.FROM):
        st.query_params.pop(param, None)
    if experiment_id is None:
        if ledger.find(catalog(), states=ledger.OPEN):
            # To ask for none is another wish than not to ask: what runs is not opened again.
            st.query_params[OPEN] = ""
    else:
        st.query_params[OPEN] = experiment_id
        arriving.is_there(experiment_id)


def _start(experiment_id: str) -> None:
    """Open it and run it; where something is to be predicted first, only open it."""
    db = catalog()
    experiment: Experiment = discover("core.experiments", "EXPERIMENT")[experiment_id]
    _open(experiment_id)
    if not predicting.is_on(db):
        trying.submit(db, experiment)


# --- the one that is open ---------------------------------------------------------------------------------------------


def card(db: Database, experiment: Experiment) -> None:
    """Everything about one experiment, in one frame: the button and the run first, then what is known."""
    with st.container(border=True, key=f"experiment-{experiment.id}"):
        arriving.scroll_here(experiment.id)
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
            st.subheader(text(experiment.title), anchor=experiment.id, width="stretch")
            close = _("Close")
            st.button(
                close,
                icon=":material/close:",
                key=f"close-{experiment.id}",
                type="tertiary",
                on_click=_open,
                args=(None,),
            )
        st.markdown(text(experiment.question))
        covered = predicting.covers(db, experiment)
        if trying.controls(db, experiment) is not None:
            _open(experiment.id)
            st.rerun()
        newest = next(iter(ledger.find(db, experiment=experiment.id, limit=1)), None)
        # What was just begun stands under its button; an old run has its place below.
        fresh = newest is not None and (newest.is_open or datetime.now(UTC) - newest.created < FRESH)
        if newest and fresh and (newest.is_open or not covered):
            runs.view(db, newest.id, scope=f"card-{experiment.id}")
        live.draw(db, experiment)
        _sides(db, experiment, None if fresh else newest, covered=covered)


def _sides(db: Database, experiment: Experiment, old: Run | None, *, covered: bool) -> None:
    """What is claimed and found, how it works, and the source: one at a time, named by the address.

    :param old: the newest run, where it is not shown above.
    """
    names = {"claims": _("Claims"), "how": _("How it works"), "source": _("Source code")}
    if old and not covered:
        names["run"] = _("Your newest run")
    key = f"sides-{experiment.id}"
    address.ask(key, VIEW, lambda words: names.get(words, names["claims"]))
    if st.session_state[key] not in names.values():
        # Another language, or the run has got another place.
        st.session_state[key] = names["claims"]
    tabs = st.tabs(list(names.values()), key=key, on_change="rerun")
    for side, tab in zip(names, tabs, strict=True):
        if not tab.open:
            continue
        address.tell(VIEW, "" if side == "claims" else side)
        with tab:
            if side == "claims":
                claims.draw(db, experiment, covered=covered)
            elif side == "how":
                st.markdown(text(experiment.how))
                _papers(db, experiment)
            elif side == "source":
                source_code.draw(experiment)
            elif old:
                runs.view(db, old.id, scope=f"card-{experiment.id}")


def _papers(db: Database, experiment: Experiment) -> None:
    """Links to what the catalog has on the experiment's topics."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_("Papers on this:"), width="content")
        for topic in experiment.topics:
            found = listed(db, Filters(topic=topic), limit=0, most=PAPERS_COUNTED)
            n = n_("{n} paper", "{n} papers", found.n)
            label = f"{text(topics()[topic].name)} · {n}"
            st.page_link(navigation.target("inbox"), label=label, query_params={"q": f"topic:{topic}"})
