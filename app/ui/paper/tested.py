"""Is it true, what the paper claims? Each claim that an experiment tests, how it stands, and a button that tries it."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from app import evidence, jobs
from app.ui import claims, navigation, predicting, runs, trying
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language, text
from core.experiment import Experiment
from core.exports.report import Evidence
from core.registry import discover
from db import runs as ledger
from db.records import Stored

_BEGUN = "begun-on-papers"  # runs that were begun from a paper's page in this session


def section(db: Database, stored: Stored) -> None:
    """The experiments that test a claim of this paper, and links to those on its topics."""
    filed = set(stored.values("topic"))
    own, near = [], []
    for experiment in discover("core.experiments", "EXPERIMENT").values():
        if any(claim.paper == stored.paper.id for claim in experiment.claims):
            own.append(experiment)
        elif filed & set(experiment.topics):
            near.append(experiment)
    if not own and not near:
        return
    st.subheader(_("Try what it claims"), anchor=False)
    for experiment in own:
        _card(db, experiment, stored.paper.id)
    if near:
        if not own:
            st.caption(_("No experiment tests this very paper. On the same topic:"))
        else:
            st.caption(_("On the same topic:"))
        with st.container(gap=None, key="near-experiments"):
            for experiment in near:
                _link(experiment, text(experiment.title))


def _link(experiment: Experiment, words: str, *, icon: str = ":material/science:") -> None:
    where = {"experiment": experiment.id}
    st.page_link(navigation.target(experiment.stage), label=words, query_params=where, icon=icon, width="content")


def _card(db: Database, experiment: Experiment, paper_id: str) -> None:
    covered = predicting.covers(db, experiment)
    with st.container(border=True, key=f"tested-{experiment.id}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            _link(experiment, f"**{text(experiment.title)}**")
            st.button(
                _("Run"),
                type="primary",
                icon=":material/play_arrow:",
                key=f"try-{experiment.id}",
                disabled=covered,
                help=_("Open the experiment and say first what you expect.")
                if covered
                else _("A quick look, up to a minute; it goes on here."),
                on_click=_begin,
                args=(experiment.id,),
            )
        for item in evidence.of_experiment(db, experiment):
            if item.paper == paper_id:
                _claim(item, covered=covered)
        newest = next(iter(ledger.find(db, experiment=experiment.id, limit=1)), None)
        if newest is not None and (newest.is_open or newest.id in st.session_state.get(_BEGUN, ())):
            runs.view(db, newest.id, scope=f"paper-{experiment.id}")


def _claim(item: Evidence, *, covered: bool) -> None:
    st.markdown(f"**{text(item.sentence)}**")
    st.caption(_("The paper: {number}").format(number=plain(item.paper_says.to(language()))))
    if covered:
        st.markdown(_("Covered: say first what you expect, then run it."))
    else:
        claims.results(item, brief=True)


def _begin(experiment_id: str) -> None:
    run = trying.submit(catalog(), jobs.experiment(experiment_id))
    if run is not None:
        st.session_state.setdefault(_BEGUN, set()).add(run.id)
