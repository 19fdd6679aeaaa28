"""lora-vs-full: what decides its claim, what each arm trains, and what the null world switches off."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Measure, Outcome, Point
from core.experiment import Context
from core.experiments.adapt.lora_vs_full import EXPERIMENT, Params, recovered
from core.params import BadParam, make_params
from core.reference import recorded

(CLAIM,) = EXPERIMENT.claims


def found(*, full: float, lora: float, part: float = 0.07) -> list[Measures]:
    """Five replicates of a base at 4 nats a token, LoRA training `part` of the parameters."""
    return [
        Measures(
            {
                ("base_loss", "full"): 4.0,
                ("loss", "full"): full,
                ("loss", "lora"): lora + nudge,
                ("trainable", "full"): 1000,
                ("trainable", "lora"): 1000 * part,
            }
        )
        for nudge in (-0.01, -0.005, 0.0, 0.005, 0.01)
    ]


@pytest.mark.parametrize(
    ("full", "lora", "part", "outcome"),
    [
        (3.0, 3.02, 0.07, "supported"),
        (3.0, 3.5, 0.07, "not supported"),
        (3.0, 4.0, 0.07, "not supported"),
        (3.0, 3.02, 0.5, "not supported"),  # half of the parameters is not a small part
        (3.95, 3.96, 0.07, "invalid"),  # full fine-tuning gained nothing worth recovering
    ],
)
def test_lora_must_recover_the_gain_with_few_parameters(
    full: float, lora: float, part: float, outcome: Outcome
) -> None:
    assert decide(CLAIM, found(full=full, lora=lora, part=part)).outcome == outcome


def test_the_share_is_of_full_fine_tunings_gain() -> None:
    assert recovered(found(full=3.0, lora=3.25)[2]) == pytest.approx(0.75)


def test_both_arms_of_a_replicate_share_its_seed() -> None:
    units = EXPERIMENT.units(make_params(Params, EXPERIMENT.tiny), [5, 6])
    assert {(unit.arm, unit.replicate): unit.seed for unit in units} == {
        ("full", 0): 5,
        ("lora", 0): 5,
        ("full", 1): 6,
        ("lora", 1): 6,
    }


@pytest.mark.parametrize(("values", "word"), [({"rates_lora": ()}, "rates_lora"), ({"examples": 9999}, "examples")])
def test_what_cannot_be_run_is_refused_before_the_run(values: dict[str, Any], word: str) -> None:
    with pytest.raises(BadParam, match=word):
        EXPERIMENT.units(make_params(Params, values), [1])


Found = tuple[dict[tuple[str, str], float], list[Point]]


def run(folder: Path, *, arm: str, null: bool = False, **values: Any) -> Found:
    """Measures and points of one arm of one replicate."""
    params = make_params(Params, {**EXPERIMENT.tiny, "steps": 6, **values})
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    (unit,) = (unit for unit in EXPERIMENT.units(params, [5]) if unit.arm == arm)
    events = list(EXPERIMENT.run_unit(unit, context))
    measures = {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}
    return measures, [event for event in events if isinstance(event, Point)]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Two rates, the first of which ruins the model."""
    return run(tmp_path_factory.mktemp("full"), arm="full", rates_full=(1.0, 1e-3))


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return run(tmp_path_factory.mktemp("lora"), arm="lora")


def test_both_arms_start_from_one_base_and_learn(full: Found, lora: Found) -> None:
    assert full[0]["base_loss", "full"] == pytest.approx(lora[0]["base_loss", "lora"], abs=1e-5)
    for arm, (measures, points) in (("full", full), ("lora", lora)):
        assert measures["loss", arm] < measures["base_loss", arm]
        line = [point.y for point in points if point.chart in ("main", "learning rate 2")]
        assert line[-1] < line[0]


def test_lora_trains_and_keeps_a_small_part(full: Found, lora: Found) -> None:
    whole, part = full[0], lora[0]
    assert part["trainable", "lora"] < whole["trainable", "full"] / 10
    assert whole["optimizer_bytes", "full"] == 8 * whole["trainable", "full"]
    assert part["saved_bytes", "lora"] < whole["saved_bytes", "full"] / 5


def test_a_rate_that_ruins_the_model_loses_to_one_that_does_not(full: Found) -> None:
    measures, points = full
    assert measures["best_rate", "full"] == pytest.approx(1e-3)
    assert {point.chart for point in points} == {"learning rate 1", "learning rate 2"}


def test_in_the_null_world_lora_stays_the_base(tmp_path: Path) -> None:
    measures, _points = run(tmp_path, arm="lora", null=True)
    assert measures["loss", "lora"] == measures["base_loss", "lora"]


def test_quick_uses_the_rates_that_the_recorded_standard_run_chose() -> None:
    for result in recorded(EXPERIMENT.id):
        if result.preset == "standard" and not result.null:
            best = {item.arm: item.values for item in result.measures if item.name == "best_rate"}
            quick: Mapping[str, Any] = EXPERIMENT.presets["quick"]
            for arm in ("full", "lora"):
                (rate,) = quick[f"rates_{arm}"]
                assert rate == pytest.approx(statistics.mode(best[arm])), f"set rates_{arm} of quick to the best rate"
