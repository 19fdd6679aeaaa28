"""In what do two runs differ: in what they were asked, in what they measured, in what was decided?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from core.events import Measure, Verdict
from core.language import Told
from db import runs
from db.runs import Run


class Incomparable(Told, ValueError):
    """Two runs of different experiments. One line."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One measure of one arm in both runs: means over replicates and units; None where a run has none."""

    name: str
    arm: str
    unit_of_measure: str
    exact: bool
    first: float | None
    second: float | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs beside each other.

    :param asked: what they were asked differently: name to both values.
    :param equal, exact: of so many exact measures that both have, so many are equal to the last bit.
    :param verdicts: claim to both verdicts.
    """

    first: Run
    second: Run
    asked: Mapping[str, tuple[Any, Any]]
    measures: tuple[Pair, ...]
    equal: int
    exact: int
    verdicts: Mapping[str, tuple[Verdict | None, Verdict | None]]


def compare(db: Database, first_id: str, second_id: str) -> Comparison:
    """
    :raises db.runs.UnknownRun: there is no such run.
    :raises Incomparable: they are of different experiments.
    """
    first, second = runs.get(db, first_id), runs.get(db, second_id)
    if first.experiment != second.experiment:
        raise Incomparable(
            f"{first.id} is a run of {first.experiment}, {second.id} of {second.experiment}",
            f"{first.id}은(는) {first.experiment}의 실행이고, {second.id}은(는) {second.experiment}의 실행입니다",
        )
    found = [
        {(unit, m.name, m.arm, m.replicate): m for unit, m in runs.measures(db, run.id)} for run in (first, second)
    ]
    both = [(found[0][key], found[1][key]) for key in found[0] if key in found[1]]
    exact = [(one, other) for one, other in both if one.exact and other.exact]
    said = [{verdict.claim: verdict for verdict in runs.verdicts(db, run.id)} for run in (first, second)]
    return Comparison(
        first=first,
        second=second,
        asked=_asked(first, second),
        measures=_pairs([list(each.values()) for each in found]),
        equal=sum(_same(one.value, other.value) for one, other in exact),
        exact=len(exact),
        verdicts={claim: (said[0].get(claim), said[1].get(claim)) for claim in sorted({*said[0], *said[1]})},
    )


def _asked(first: Run, second: Run) -> dict[str, tuple[Any, Any]]:
    asked = [
        run.params | {"preset": run.preset, "seed": run.seed, "null": run.null, "device": run.ran_on or run.device}
        for run in (first, second)
    ]
    names = dict.fromkeys([*asked[0], *asked[1]])
    pairs = {name: (asked[0].get(name), asked[1].get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _pairs(measured: list[list[Measure]]) -> tuple[Pair, ...]:
    grouped: list[dict[tuple[str, str], list[Measure]]] = [{}, {}]
    for place, measures in enumerate(measured):
        for measure in measures:
            grouped[place].setdefault((measure.name, measure.arm), []).append(measure)
    keys = sorted({*grouped[0], *grouped[1]})
    return tuple(
        Pair(
            name=name,
            arm=arm,
            unit_of_measure=(grouped[0].get((name, arm)) or grouped[1][name, arm])[0].unit_of_measure,
            exact=(grouped[0].get((name, arm)) or grouped[1][name, arm])[0].exact,
            first=_mean(grouped[0].get((name, arm))),
            second=_mean(grouped[1].get((name, arm))),
        )
        for name, arm in keys
    )


def _mean(measures: list[Measure] | None) -> float | None:
    return math.fsum(measure.value for measure in measures) / len(measures) if measures else None


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
