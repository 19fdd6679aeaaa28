"""lora-vs-full: what decides its claim, what each arm trains, and what the null world switches off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.events import Measure, Point
from core.experiment import BadParam, Context, Measures, Outcome, decide, make_params
from core.experiments.adapt.lora_vs_full import EXPERIMENT, Params, recovered

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


def run(folder: Path, *, null: bool, **values: Any) -> tuple[dict[tuple[str, str], float], list[Point]]:
    """Measures and points of one replicate."""
    params = make_params(Params, {**EXPERIMENT.tiny, **values})
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    events = [event for unit in EXPERIMENT.units(params, [5]) for event in EXPERIMENT.run_unit(unit, context)]
    measures = {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}
    return measures, [event for event in events if isinstance(event, Point)]


def test_both_arms_start_from_one_base_and_learn(tmp_path: Path) -> None:
    measures, points = run(tmp_path, null=False, steps=8)
    assert measures["base_loss", "full"] == pytest.approx(measures["base_loss", "lora"], abs=1e-6)
    for arm in ("full", "lora"):
        assert measures["loss", arm] < measures["base_loss", arm]
        line = [point.y for point in points if point.arm == arm]
        assert line[-1] < line[0]
    assert measures["trainable", "lora"] < measures["trainable", "full"] / 10
    assert measures["optimizer_bytes", "full"] == 8 * measures["trainable", "full"]
    assert measures["saved_bytes", "lora"] < measures["saved_bytes", "full"]


def test_in_the_null_world_lora_stays_the_base_and_full_fine_tuning_learns(tmp_path: Path) -> None:
    measures, _points = run(tmp_path, null=True, steps=8)
    assert measures["loss", "lora"] == measures["base_loss", "lora"]
    assert measures["loss", "full"] < measures["base_loss", "full"]


def test_a_rate_that_ruins_the_model_loses_to_one_that_does_not(tmp_path: Path) -> None:
    measures, points = run(tmp_path, null=False, steps=8, rates_full=(1.0, 1e-3))
    assert measures["best_rate", "full"] == pytest.approx(1e-3)
    assert {point.chart for point in points if point.arm == "full"} == {"learning rate 1", "learning rate 2"}
