"""How does what an experiment says look on a page: its charts, tables, texts and numbers?

The same for a run, live or ended, and for what answers while one types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from sqlite_utils import Database

from app import pictures
from app.ui import charts, notebook, strip
from app.ui.escape import plain
from app.ui.words import _, event_text, language
from core.events import Event, Measure, Sample, Strip, Table
from core.experiment import Experiment
from core.language import in_language

ARM_SAMPLES = 3


def draw(
    found: Sequence[Event],
    *,
    experiment: Experiment | None,
    run_id: str,
    labels: Mapping[str, str],
    scope: str,
    pins: Database | None = None,
) -> None:
    """Everything that a run has said so far, besides its verdicts.

    :param labels: arm to its name in the visitor's language.
    :param scope: makes the keys of widgets differ where a run is drawn twice.
    :param pins: the catalog to whose notebook its charts can be pinned.
    """
    figures(found, experiment=experiment, run_id=run_id, scope=scope, pins=pins)
    strips(found, scope=scope)
    tables(found)
    samples(found, labels)
    measures(found, labels)


def figures(
    found: Sequence[Event],
    *,
    experiment: Experiment | None,
    run_id: str,
    scope: str,
    pins: Database | None = None,
) -> None:
    """Lines of points first, then the figures that were drawn, two side by side."""
    columns = st.columns(2, gap="medium")
    for place, picture in enumerate(pictures.of_run(experiment, run_id, found, language=language())):
        with columns[place % 2]:
            charts.show(picture, key=f"{picture.name}-{scope}")
            if pins is not None:
                notebook.pin_button(pins, kind="chart", target=picture.name, scope=scope)


def strips(found: Sequence[Event], *, scope: str) -> None:
    """Each shaded text; a later one of the same name replaces it."""
    for shaded in {event.name: event for event in found if isinstance(event, Strip)}.values():
        strip.draw(shaded, scope=scope)


def tables(found: Sequence[Event]) -> None:
    """Each table under its title; a later one of the same title replaces it."""
    newest = {event.title.get("en", ""): event for event in found if isinstance(event, Table)}
    for table in newest.values():
        st.markdown(f"**{plain(event_text(table.title))}**")
        heads = [event_text(column) for column in table.columns]
        rows = in_language(table.rows, language())
        st.dataframe([dict(zip(heads, row, strict=False)) for row in rows], hide_index=True)


def samples(found: Sequence[Event], labels: Mapping[str, str]) -> None:
    """The last texts of each arm, as they are."""
    by_arm: dict[str, list[Sample]] = {}
    for event in found:
        if isinstance(event, Sample):
            by_arm.setdefault(event.arm, []).append(event)
    for arm, mine in by_arm.items():
        with st.expander(_("Samples: {arm}").format(arm=plain(labels.get(arm, arm)))):
            for sample in mine[-ARM_SAMPLES:]:
                st.text(f"{sample.prompt}\n→ {sample.text}")


def measures(found: Sequence[Event], labels: Mapping[str, str]) -> None:
    """Every number that counts."""
    rows = [_measure(event, labels) for event in found if isinstance(event, Measure)]
    if rows:
        with st.expander(_("All measures")):
            st.dataframe(rows, hide_index=True)


def _measure(event: Measure, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        _("measure"): event.name,
        _("arm"): labels.get(event.arm, event.arm),
        _("replicate"): event.replicate,
        _("value"): event.value,
        _("unit"): event.unit_of_measure,
        _("exact"): event.exact,
    }
