"""Where do two runs differ? What they were asked, what was decided, their charts in one, and every measure."""

from __future__ import annotations

from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import comparing, pictures
from app.comparing import Comparison
from app.running.journal import events
from app.settings import settings
from app.ui import charts, claims, interval, navigation, trouble
from app.ui.escape import plain
from app.ui.words import _, language, text
from core.experiment import Experiment
from core.registry import discover
from db.runs import Run, UnknownRun


def draw(db: Database, first: str, second: str) -> None:
    """Both runs beside each other."""
    try:
        found = comparing.compare(db, first, second)
    except (UnknownRun, comparing.Incomparable) as error:
        st.warning(plain(trouble.told(error)), icon=":material/compare_arrows:")
        return
    experiment: Experiment | None = discover("core.experiments", "EXPERIMENT").get(found.first.experiment)
    name = text(experiment.title) if experiment else plain(found.first.experiment)
    st.header(_("Two runs of {name}").format(name=name), anchor=False)
    for letter, run in (("A", found.first), ("B", found.second)):
        st.page_link(navigation.target("runs"), label=f"{letter}: {_about(run)}", query_params={"run": run.id})
    _asked(found)
    _verdicts(found, experiment)
    said = [
        (letter, [event for event, _head in events(settings().runs / run.id)])
        for letter, run in (("A", found.first), ("B", found.second))
    ]
    columns = st.columns(2, gap="medium")
    for place, picture in enumerate(pictures.of_two_runs(experiment, said, language=language())):
        with columns[place % 2]:
            charts.show(picture, key=f"compared-{first}-{second}-{place}")
    _measures(found, experiment)


def _about(run: Run) -> str:
    null = _("null world") if run.null else ""
    parts = (f"{run.created:%Y-%m-%d %H:%M} UTC", run.preset or "", _("seed {n}").format(n=run.seed), null, run.id)
    return plain(" · ".join(part for part in parts if part))


def _asked(found: Comparison) -> None:
    if not found.asked:
        words = _("Both were asked the same.")
        st.caption(words)
        return
    st.markdown("**{}**".format(_("Asked differently")))
    head = _("parameter")
    rows = [{head: name, "A": _shown(a), "B": _shown(b)} for name, (a, b) in found.asked.items()]
    st.dataframe(rows, hide_index=True)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _verdicts(found: Comparison, experiment: Experiment | None) -> None:
    known = {claim.id: claim for claim in experiment.claims} if experiment else {}
    for claim_id, pair in found.verdicts.items():
        claim = known.get(claim_id)
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{text(claim.sentence) if claim else plain(claim_id)}**")
            bars = [interval.Bar(name=letter, verdict=one) for letter, one in zip("AB", pair, strict=True) if one]
            interval.draw(bars, margin=bars[0].verdict.margin, what=text(claim.sentence) if claim else claim_id)
            with st.container(horizontal=True, gap="small"):
                for bar in bars:
                    st.caption(f"{bar.name}:", width="content")
                    claims.badge(bar.verdict.outcome, null=bar.verdict.null)


def _measures(found: Comparison, experiment: Experiment | None) -> None:
    if found.exact:
        st.caption(
            _("{equal} of {exact} exact measures that both have are equal to the last bit.").format(
                equal=found.equal, exact=found.exact
            )
        )
    labels = experiment.labels if experiment else {}
    with st.expander(_("All measures")):
        rows = [
            {
                _("measure"): pair.name,
                _("arm"): labels[pair.arm].to(language()) if pair.arm in labels else pair.arm,
                "A": pair.first,
                "B": pair.second,
                _("B less A"): None if pair.first is None or pair.second is None else pair.second - pair.first,
                _("unit"): pair.unit_of_measure,
            }
            for pair in found.measures
        ]
        st.dataframe(rows, hide_index=True)
