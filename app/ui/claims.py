"""What is claimed, by whom, and what came out here? The claim card, the same wherever a claim stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app.ui import shell
from app.ui.escape import plain
from app.ui.words import _, event_text, text
from core.claim import Claim
from core.events import Verdict
from core.experiment import Experiment
from core.reference import Recorded, recorded
from core.registry import discover
from db import runs as ledger
from db.papers import get
from db.records import Stored

LOOKS = {
    "supported": ("green", ":material/check_circle:"),
    "not supported": ("red", ":material/cancel:"),
    "too small to tell": ("gray", ":material/help:"),
    "invalid": ("orange", ":material/warning:"),
}


def outcome_name(outcome: str) -> str:
    """A verdict's word in the visitor's language."""
    return {
        "supported": _("supported"),
        "not supported": _("not supported"),
        "too small to tell": _("too small to tell"),
        "invalid": _("invalid"),
    }.get(outcome, outcome)


def badge(outcome: str) -> None:
    """The verdict as a badge: colour, icon and word."""
    shade, icon = LOOKS.get(outcome, ("gray", ":material/help:"))
    st.badge(outcome_name(outcome), icon=icon, color=shade)  # type: ignore[arg-type]


def span(verdict: Verdict | Mapping[str, Any], unit: str) -> str:
    """Mean and interval of a contrast, as people write it."""
    found = verdict if isinstance(verdict, Mapping) else vars(verdict)
    if found["contrast"] is None:
        return "—"
    if found["low"] is None:
        return f"{found['contrast']:.3g} {unit}"
    return f"{found['contrast']:.3g} [{found['low']:.3g}, {found['high']:.3g}] {unit}"


def draw(db: Database, experiment: Experiment) -> None:
    """The cards of all claims of an experiment, with the newest own verdict and the recorded one."""
    references = recorded(experiment.id)
    own = newest(db, experiment)
    for claim in experiment.claims:
        _card(db, claim, own.get(claim.id), [item for item in references if not item.null])


def newest(db: Database, experiment: Experiment) -> dict[str, Verdict]:
    """Claim id to the verdict of this visitor's newest run in the real world."""
    _run, verdicts = ledger.latest_verdicts(db).get(experiment.id, (None, []))
    return {verdict.claim: verdict for verdict in verdicts}


def _card(db: Database, claim: Claim, mine: Verdict | None, references: list[Recorded]) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{text(claim.sentence)}**")
        columns = st.columns(3)
        with columns[0]:
            st.caption(_("The paper"))
            stored = get(db, claim.paper)
            name = stored.paper.title if stored else f"arXiv:{claim.paper}"
            st.page_link(shell.target("paper"), label=plain(name), query_params={"id": claim.paper})
            about = "" if claim.reported.checked else _("about, not checked at the source:") + " "
            st.markdown(f"{about}{text(claim.reported.number)}")
            st.caption(plain(f"{claim.reported.model} · {claim.reported.data}"))
        with columns[1]:
            st.caption(_("Your newest run"))
            if mine is None:
                st.markdown(_("Not tried here yet."))
            else:
                _verdict(mine, claim)
        with columns[2]:
            st.caption(_("Recorded by the project"))
            found = [(item, verdict) for item in references for verdict in item.verdicts if verdict.claim == claim.id]
            if not found:
                st.markdown(_("Nothing recorded."))
            for item, verdict in found:
                _verdict(verdict, claim)
                st.caption(plain(f"{item.preset} · {item.device} · {item.date:%Y-%m-%d} · {item.commit[:9]}"))
        with st.expander(_("Control, null world, and what decides")):
            _terms(claim)


def _verdict(verdict: Verdict, claim: Claim) -> None:
    with st.container(horizontal=True, gap="small"):
        badge(verdict.outcome)
        if verdict.null:
            st.badge(_("null world"), color="violet")
    st.markdown(plain(span(verdict, text(claim.unit))) + f" · n = {verdict.n}")
    for arm, reason in verdict.skipped.items():
        st.caption(plain(_("skipped: {arm} ({reason})").format(arm=arm, reason=reason)))


def _terms(claim: Claim) -> None:
    margin = _("above the margin of {margin}").format(margin=f"{claim.margin:g} {text(claim.unit)}".strip())
    terms = {
        _("Contrast"): f"{text(claim.contrast_text)} ({plain(margin)})",
        _("Replicates differ in"): text(claim.replicate),
        _("Control"): text(claim.control.sentence) if claim.control else "",
        _("Null world"): text(claim.null_world),
        "n": text(claim.n_why) if claim.n_why else "",
        _("Decision"): _(
            "95 % Student-t interval over the replicates: all above the margin is supported, all below is not "
            "supported, else too small to tell; a control that fails makes it invalid."
        ),
    }
    st.markdown("\n".join(f"- **{name}**: {words}" for name, words in terms.items() if words))


def reason(verdict: Verdict) -> str:
    """The sentence that says what decided."""
    return event_text(verdict.reason)


def tested_for(db: Database, stored: Stored) -> None:
    """On a paper's page: the experiments that test what it claims, and those on its topics."""
    found = []
    for experiment in discover("core.experiments", "EXPERIMENT").values():
        cites = any(claim.paper == stored.paper.id for claim in experiment.claims)
        near = bool(set(experiment.topics) & set(stored.values("topic")))
        if cites or near:
            found.append((not cites, experiment))
    if not found:
        return
    st.subheader(_("Try what it claims"), anchor=False)
    for near_only, experiment in sorted(found, key=lambda pair: (pair[0], pair[1].id)):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(shell.target(experiment.stage), label=text(experiment.title), icon=":material/science:")
            st.caption(_("on the same topic") if near_only else _("tests a claim of this paper"))
            own = newest(db, experiment)
            for claim in experiment.claims:
                if claim.id in own and claim.paper == stored.paper.id:
                    badge(own[claim.id].outcome)
