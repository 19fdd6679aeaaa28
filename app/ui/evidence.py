"""What is known of every claim? A card a claim, and the whole as a table that can be taken along."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from sqlite_utils import Database

from app.evidence import gather
from app.ui import address, claims, exporting, navigation
from app.ui.escape import plain
from app.ui.words import _, language, n_, text
from core.exports.report import Evidence
from core.exports.tables import value
from core.papers.taxonomy import stages
from db.papers import get_many

_STAGE, _OUTCOME, _AS_TABLE = "evidence-stage", "evidence-outcome", "evidence-table"
UNTRIED = "untried"


def draw(db: Database) -> None:
    """How the verdicts stand, a filter, and every claim."""
    found = gather(db)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        exporting.buttons(kind="evidence")
    shown = _chosen(found)
    if not shown:
        st.info(_("No claim fits. Choose another stage or verdict."), icon=":material/filter_alt_off:")
        return
    if st.session_state.get(_AS_TABLE):
        _table(shown)
        return
    titles = {stored.paper.id: stored.paper.title for stored in get_many(db, [item.paper for item in shown])}
    for stage, entry in stages().items():
        mine = [item for item in shown if item.stage == stage]
        if mine:
            st.subheader(text(entry.name), anchor=False)
        for item in mine:
            _card(item, titles.get(item.paper, f"arXiv:{item.paper}"))


def outcome_of(item: Evidence) -> str:
    """How a claim stands: one's own newest verdict, else the recorded one, else that it was not tried."""
    found = item.found()
    return found[0].verdict.outcome if found else UNTRIED


def _chosen(found: Sequence[Evidence]) -> list[Evidence]:
    """The claims that fit the filter, drawn here with the counts."""
    counts: dict[str, int] = {}
    for item in found:
        counts[outcome_of(item)] = counts.get(outcome_of(item), 0) + 1
    outcomes = [outcome for outcome in (*claims.LOOKS, UNTRIED) if outcome in counts]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        address.ask(_OUTCOME, "verdict", lambda words: words if words in outcomes else None)
        outcome = st.pills(
            _("Verdict"),
            outcomes,
            format_func=lambda name: f"{_name(name)} · {counts[name]}",
            key=_OUTCOME,
            label_visibility="collapsed",
        )
        address.tell("verdict", outcome or "")
        address.ask(_STAGE, "stage", lambda words: words if words in stages() else None)
        stage = st.pills(
            _("Stage"),
            [stage for stage in stages() if any(item.stage == stage for item in found)],
            format_func=lambda name: text(stages()[name].name),
            key=_STAGE,
            label_visibility="collapsed",
        )
        address.tell("stage", stage or "")
        st.toggle(_("As a table"), key=_AS_TABLE)
    shown = [item for item in found if stage in (None, item.stage) and outcome in (None, outcome_of(item))]
    st.caption(n_("{n} claim", "{n} claims", len(shown)))
    return shown


def _name(outcome: str) -> str:
    return _("not tried") if outcome == UNTRIED else claims.outcome_name(outcome)


def _card(item: Evidence, title: str) -> None:
    with st.container(border=True, gap="xsmall", key=f"evidence-{item.experiment}-{item.claim}"):
        left, right = st.columns([2, 3], gap="medium")
        with left:
            st.markdown(f"**{text(item.sentence)}**")
            st.page_link(
                navigation.target("paper"),
                label=plain(title),
                query_params={"id": item.paper},
                icon=":material/article:",
            )
            st.caption(plain(item.paper_says.to(language())))
            st.page_link(
                navigation.target(item.stage),
                label=text(item.title),
                icon=":material/science:",
                query_params={"experiment": item.experiment},
            )
        with right:
            claims.results(item, brief=True)


def _table(shown: Sequence[Evidence]) -> None:
    rows = [
        {
            _("stage"): text(stages()[item.stage].name),
            _("claim"): item.sentence.to(language()),
            _("paper"): f"https://arxiv.org/abs/{item.paper}",
            _("the paper's number"): item.paper_says.to(language()),
            _("from"): claims.origin(result) if result else "",
            _("verdict"): claims.outcome_name(result.verdict.outcome) if result else _("not tried"),
            _("contrast"): value(result.verdict, item.unit, language()) if result else "",
            _("preset"): result.preset if result else "",
            _("device"): result.verdict.device if result else "",
            _("day"): result.at.date() if result else None,
        }
        for item in shown
        for result in (item.results or (None,))
    ]
    links = dict.fromkeys([_("paper")], st.column_config.LinkColumn())
    st.dataframe(rows, hide_index=True, column_config=links)
