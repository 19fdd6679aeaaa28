"""in-context-learning: what decides its claims, what it refuses, and what the null world takes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Event, Figure, Measure, Outcome, Point, Sample, Table
from core.experiment import Context
from core.experiments.ask.in_context_learning import EXPERIMENT, Params
from core.params import BadParam, make_params

HELP, SQUARES, LARGER, LABELS, IN_WORDS, HOUSE = EXPERIMENT.claims


def replicate(
    nudge: float,
    *,
    few: float = 0.1,
    few_small: float = 0.4,
    mispaired: float = 1.2,
    zero_small: float = 1.0,
    simple: float = 0.6,
    right_six: float = 0.6,
    right_zero: float = 0.05,
    right_mispaired: float = 0.1,
    right_mixed: float = 0.1,
) -> Measures:
    """Two sizes in two worlds, three written learners, and a house model."""
    values: dict[tuple[str, str], float] = {
        ("error_few", "least-squares"): 0.0,
        ("error_few", "nearest"): simple,
        ("error_few", "average"): simple + 0.2,
    }
    for world in ("numbers", "symbols"):
        for width, error, zero in ((16, few_small, zero_small), (64, few, 1.0)):
            arm = f"{world}-w{width}"
            values |= {
                ("parameters", arm): 100.0 * width,
                ("error_zero", arm): zero,
                ("error_few", arm): error + nudge,
                ("error_mispaired", arm): mispaired + nudge,
            }
    for kind in ("function", "label"):
        values |= {
            ("right_0", f"house-{kind}"): right_zero,
            ("right_6", f"house-{kind}"): right_six + nudge,
            ("right_mispaired", f"house-{kind}"): right_mispaired,
            ("right_mixed", f"house-{kind}"): right_mixed,
        }
    return Measures(values)


def replicates(**world: float) -> list[Measures]:
    return [replicate(nudge, **world) for nudge in (-0.01, -0.005, 0.0, 0.005, 0.01)]


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        ({}, "supported"),
        ({"few": 0.8}, "not supported"),
        ({"mispaired": 0.3}, "invalid"),  # any text before the question would have helped
    ],
)
def test_examples_must_take_half_of_the_error(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(HELP, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"),
    [({"few": 0.03}, "supported"), ({"few": 0.3}, "not supported"), ({"few": 0.0, "simple": 0.1}, "invalid")],
)
def test_the_way_to_least_squares_is_from_simple_learners(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(SQUARES, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        ({}, "supported"),
        ({"few_small": 0.1}, "not supported"),
        ({"zero_small": 0.7}, "invalid"),  # the smaller knew more without examples
    ],
)
def test_the_larger_must_gain_more(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(LARGER, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"),
    [({}, "not supported"), ({"mispaired": 0.2}, "supported"), ({"few": 0.9}, "invalid")],
)
def test_random_labels_may_hardly_matter(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(LABELS, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"),
    [({}, "not supported"), ({"right_mispaired": 0.5}, "supported"), ({"right_six": 0.1}, "invalid")],
)
def test_or_may_hardly_matter_in_words(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(IN_WORDS, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        ({}, "supported"),
        ({"right_mixed": 0.6}, "not supported"),  # it only learned how answers look
        ({"right_six": 0.05}, "not supported"),
        ({"right_zero": 0.4, "right_six": 0.9}, "invalid"),
    ],
)
def test_the_house_model_must_gain_from_one_rule(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(HOUSE, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(
    ("values", "word"), [({"widths": (16, 16)}, "widths"), ({"rates": (0.02, 0.01)}, "rates"), ({"rates": ()}, "rates")]
)
def test_what_cannot_be_run_is_refused_before_the_run(values: dict[str, Any], word: str) -> None:
    with pytest.raises(BadParam, match=word):
        EXPERIMENT.units(make_params(Params, values), [1])


def events_of(tmp_path: Path, arm: str, *, null: bool, **values: Any) -> list[Event]:
    params = make_params(Params, {**EXPERIMENT.tiny, **values})
    unit = next(unit for unit in EXPERIMENT.units(params, [5]) if unit.arm == arm)
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(tmp_path))
    return list(EXPERIMENT.run_unit(unit, context))


def test_symbols_are_learned_in_the_real_world_and_not_in_the_null_world(tmp_path: Path) -> None:
    errors = {}
    for null in (False, True):
        how = {"widths": (8, 32), "symbol_steps": 120, "rows": 64, "rates": (5e-3,), "questions": 256}
        events = events_of(tmp_path, "symbols", null=null, **how)
        found = {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}
        errors[null] = found["error_few", "symbols-w32"]
        assert {event.chart for event in events if isinstance(event, Point)} == {"training symbols", "examples symbols"}
        assert [event.name for event in events if isinstance(event, Figure)] == ["examples-symbols"]
    assert errors[False] < 0.8
    assert errors[True] > 0.9


def test_the_house_model_is_asked_in_words(tmp_path: Path) -> None:
    events = events_of(tmp_path, "house", null=False, questions=32)
    table = next(event for event in events if isinstance(event, Table))
    assert len(table.rows) == 2 and len(table.rows[0]) == len(table.columns)
    samples = [event for event in events if isinstance(event, Sample)]
    assert len(samples) == 4 and all(sample.prompt.count("->") == 7 for sample in samples)


def test_rates_are_searched_once_for_all_replicates(tmp_path: Path) -> None:
    events_of(tmp_path, "symbols", null=False, search=True, rates=(1e-3, 1e-2), symbol_steps=1)
    assert len(list(tmp_path.glob("*/rates.json"))) == 2  # one a size
