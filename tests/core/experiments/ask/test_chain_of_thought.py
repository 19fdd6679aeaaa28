"""chain-of-thought: what decides its claims, what it refuses, and that all formats cost the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Event, Measure, Outcome, Point, Sample
from core.experiment import Context
from core.experiments.ask.chain_of_thought import EXPERIMENT, Params
from core.params import BadParam, make_params

HELP, GROWING, NOT_COMPUTE, DOTS, FOLLOWS = EXPERIMENT.claims
FORMS = ("steps", "direct", "dots", "after")


def replicate(
    nudge: float,
    *,
    steps: float = 0.98,
    direct: float = 0.52,
    dots: float = 0.51,
    after: float = 0.5,
    short: float = 0.98,
    direct_short: float = 1.0,
    another: float = 0.5,
    follows: float = 0.97,
    direct_flops: float = 1.05,
) -> Measures:
    """Shares of right answers, as one replicate measures them."""
    long = {"steps": steps, "direct": direct, "dots": dots, "after": after}
    values: dict[tuple[str, str], float] = {}
    for form in FORMS:
        values |= {
            ("right_long", form): long[form] + nudge * (form == "steps"),
            ("right_longest", form): long[form],
            ("right_short", form): direct_short if form == "direct" else short,
            ("training_flops", form): direct_flops if form == "direct" else 1.0,
        }
    return Measures(values | {("right_another", "steps"): another, ("follows", "steps"): follows + nudge / 10})


def replicates(**world: float) -> list[Measures]:
    return [replicate(nudge, **world) for nudge in (-0.01, -0.005, 0.0, 0.005, 0.01)]


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        ({}, "supported"),
        ({"direct": 0.9}, "not supported"),
        ({"direct_flops": 0.5}, "not supported"),  # the other had less compute
        ({"another": 0.95}, "invalid"),  # whatever stands there helps
    ],
)
def test_steps_must_help_at_equal_compute(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(HELP, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(("world", "outcome"), [({}, "supported"), ({"direct_short": 0.5}, "not supported")])
def test_steps_must_help_more_where_more_are_needed(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(GROWING, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"), [({}, "supported"), ({"dots": 0.9}, "not supported"), ({"after": 0.9}, "not supported")]
)
def test_neither_dots_nor_the_labels_may_do_as_well(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(NOT_COMPUTE, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"), [({}, "not supported"), ({"dots": 0.8}, "supported"), ({"direct": 0.95}, "invalid")]
)
def test_dots_may_help(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(DOTS, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"), [({}, "supported"), ({"follows": 0.4}, "not supported"), ({"steps": 0.6}, "invalid")]
)
def test_answers_must_follow_the_steps(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(FOLLOWS, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(("values", "word"), [({"width": 12}, "width"), ({"rates": (0.02, 0.01)}, "rates")])
def test_what_cannot_be_run_is_refused_before_the_run(values: dict[str, Any], word: str) -> None:
    with pytest.raises(BadParam, match=word):
        EXPERIMENT.units(make_params(Params, values), [1])


def events_of(tmp_path: Path, *, null: bool, **values: Any) -> list[Event]:
    units = EXPERIMENT.units(make_params(Params, {**EXPERIMENT.tiny, **values}), [5])
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(tmp_path))
    return [event for unit in units for event in EXPERIMENT.run_unit(unit, context)]


def test_a_run_shows_every_format_and_none_costs_less_than_steps(tmp_path: Path) -> None:
    events = events_of(tmp_path, null=False)
    costs = {
        event.arm: event.value for event in events if isinstance(event, Measure) and event.name == "training_flops"
    }
    assert set(costs) == set(FORMS) and min(costs.values()) == costs["steps"]
    charts = {event.chart for event in events if isinstance(event, Point)}
    assert charts == {"training", "by steps", "turned step"}
    assert len([event for event in events if isinstance(event, Sample)]) == 2


def test_the_null_world_costs_as_much_to_train(tmp_path: Path) -> None:
    costs = {}
    for null in (False, True):
        events = events_of(tmp_path, null=null)
        costs[null] = {e.arm: e.value for e in events if isinstance(e, Measure) and e.name == "training_flops"}
    assert costs[False] == costs[True]
