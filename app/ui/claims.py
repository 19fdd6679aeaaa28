"""What is claimed, by whom, and what came out here? The claim card, the same wherever a claim stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import streamlit as st
from sqlite_utils import Database

from app import evidence
from app.ui import interval, navigation
from app.ui.escape import plain
from app.ui.words import _, event_text, language, text
from core.claim import Claim
from core.events import Verdict
from core.experiment import Experiment
from core.exports.report import Evidence, Result
from core.exports.tables import value
from core.language import Text
from db import runs as ledger
from db.papers import get

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


def badge(outcome: str, *, null: bool = False, count: int = 1) -> None:
    """The verdict as a badge: colour, icon and word. What a null world shows has none of the colours.

    :param count: of how many claims; said where it is not one.
    """
    shade, icon = LOOKS.get(outcome, ("gray", ":material/help:"))
    name = outcome_name(outcome) if count == 1 else f"{count} × {outcome_name(outcome)}"
    st.badge(name, icon=icon, color="gray" if null else shade)  # type: ignore[arg-type]


def signs(outcomes: Iterable[str]) -> str:
    """Verdicts at a glance, as Markdown: a badge for each outcome, with how many claims it stands for."""
    counts = Counter(outcomes)
    badges = []
    for outcome, (shade, icon) in LOOKS.items():
        if n := counts[outcome]:
            name = outcome_name(outcome)
            badges.append(f":{shade}-badge[{icon} {name if n == 1 else f'{n} × {name}'}]")
    return " ".join(badges)


def draw(db: Database, experiment: Experiment, *, covered: bool = False) -> None:
    """The cards of all claims of an experiment: what the paper says, what came out here, and what was recorded.

    :param covered: show no result.
    """
    for claim, found in zip(experiment.claims, evidence.of_experiment(db, experiment), strict=True):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{text(claim.sentence)}**")
            left, right = st.columns([2, 3], gap="medium")
            with left:
                st.caption(_("The paper"))
                _paper(db, claim)
            with right:
                st.caption(_("Here: {contrast}").format(contrast=text(claim.contrast_text)))
                if covered:
                    st.markdown(_("Covered: say first what you expect, then run it."))
                else:
                    results(found)
            with st.expander(_("Control, null world, and what decides")):
                _terms(experiment, claim)


def _paper(db: Database, claim: Claim) -> None:
    stored = get(db, claim.paper)
    name = stored.paper.title if stored else f"arXiv:{claim.paper}"
    st.page_link(navigation.target("paper"), label=plain(name), query_params={"id": claim.paper})
    about = "" if claim.reported.checked else _("about, not checked at the source:") + " "
    st.markdown(f"{about}{text(claim.reported.number)}")
    st.caption(plain(f"{claim.reported.model} · {claim.reported.data}"))


def results(found: Evidence, *, brief: bool = False) -> None:
    """Every result of a claim: its interval against the margin, and where it comes from. One's own first.

    :param brief: a line each, with the day alone.
    """
    worlds = [*found.found(), *found.found(null=True)]
    if not worlds:
        st.markdown(_("Not tried here yet, and nothing is recorded."))
    bars = [interval.Bar(name=origin(result), verdict=result.verdict) for result in worlds]
    interval.draw(bars, margin=found.margin, what=text(found.sentence))
    for result in worlds:
        _result(result, found.unit, brief=brief)


def origin(result: Result) -> str:
    """Whose result it is, and of which world."""
    name = _("yours") if result.origin == "own" else _("recorded")
    return _("{name}, null").format(name=name) if result.verdict.null else name


def _result(result: Result, unit: Text, *, brief: bool) -> None:
    verdict = result.verdict
    said = f"{origin(result)}: {value(verdict, unit, language())}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        badge(verdict.outcome, null=verdict.null)
        if brief:
            st.caption(plain(f"{said} · {result.at:%Y-%m-%d}"), width="content")
        else:
            st.markdown(plain(said), width="content")
        if result.run:
            st.page_link(
                navigation.target("runs"),
                label=_("run"),
                query_params={"run": result.run},
                icon=":material/open_in_new:",
            )
    seed = "" if verdict.seed is None else _("seed {n}").format(n=verdict.seed)
    where = (result.preset, verdict.device, seed, f"{result.at:%Y-%m-%d}", verdict.commit[:9])
    if not brief:
        st.caption(plain(" · ".join(part for part in where if part)))
    if verdict.outcome == "invalid":
        st.caption(plain(reason(verdict)))
    for arm, why in verdict.skipped.items():
        st.caption(plain(_("skipped: {arm} ({reason})").format(arm=arm, reason=why)))


def newest(db: Database, experiment: Experiment) -> dict[str, Verdict]:
    """Claim id to the verdict of this visitor's newest run in the real world."""
    _run, verdicts = ledger.latest_verdicts(db, experiment=experiment.id).get(experiment.id, (None, []))
    return {verdict.claim: verdict for verdict in verdicts}


def _terms(experiment: Experiment, claim: Claim) -> None:
    margin = _("above the margin of {margin}").format(margin=f"{claim.margin:g} {text(claim.unit)}".strip())
    terms = {
        _("Contrast"): f"{text(claim.contrast_text)} ({plain(margin)})",
        _("Arms are matched in"): text(experiment.matched),
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
