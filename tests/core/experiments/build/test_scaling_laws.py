"""scaling-laws: what decides its claims, what it refuses, and what the null world takes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Measures
from core.decision import decide
from core.events import Figure, Measure, Outcome, Point
from core.experiment import Context
from core.experiments.build.scaling_laws import EXPERIMENT, Params, cell, runs_in
from core.params import BadParam, make_params

LAW, VALLEYS, GROWTH, COUNTING = EXPERIMENT.claims
FLOOR, UNIGRAMS = 2.0, 3.5
WIDTHS = (4, 8, 16, 32, 64)


def replicate(
    nudge: float,
    *,
    size_power: float = 0.5,
    loss_power: float = -0.2,
    bowl: float = 0.05,
    overspent: float = 1.0,
    unigrams: float = UNIGRAMS,
    embeddings: float = 0.0,
) -> Measures:
    """Parabolas over log size whose lowest points follow `size_power` and whose depths follow `loss_power`."""
    values: dict[tuple[str, str], float] = {("floor", "language"): FLOOR, ("unigram_loss", "language"): unigrams}
    for budget in range(1, 5):
        grown = 3.0 ** (budget - 1)
        for step, width in enumerate(WIDTHS):
            arm, size = cell(width, budget), 1000 * 4.0**step
            from_best = step - 1.5 - size_power * (budget - 1) * 0.7925  # log4(3)
            loss = FLOOR + grown**loss_power + bowl * from_best**2 + nudge * (step == 2)
            values |= {
                ("loss", arm): loss,
                ("budget", arm): grown,
                ("flops", arm): grown * (overspent if width == 4 else 1.0),
                ("parameters", arm): size,
                ("bare_parameters", arm): size - embeddings * size**0.5,
                ("tokens", arm): grown / 6 / size,
            }
    return Measures(values)


def replicates(**world: float) -> list[Measures]:
    return [replicate(nudge, **world) for nudge in (-0.002, -0.001, 0.0, 0.001, 0.002)]


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        ({"bowl": 0.0}, "supported"),
        ({"bowl": 0.0, "loss_power": 0.0}, "not supported"),  # no gain: "no more is gained" foretells as well
        ({"bowl": 0.0, "overspent": 1.2}, "invalid"),  # compute was not equal
        ({"bowl": 0.0, "unigrams": 2.6}, "invalid"),  # nothing beyond the unigrams was learned
    ],
)
def test_the_law_must_foretell_the_largest_budget(world: dict[str, float], outcome: Outcome) -> None:
    assert decide(LAW, replicates(**world)).outcome == outcome


@pytest.mark.parametrize(("bowl", "outcome"), [(0.05, "supported"), (0.0, "not supported"), (-0.05, "not supported")])
def test_both_ends_must_lose_at_every_budget(bowl: float, outcome: Outcome) -> None:
    assert decide(VALLEYS, replicates(bowl=bowl)).outcome == outcome


@pytest.mark.parametrize(("power", "outcome"), [(0.5, "supported"), (0.73, "not supported"), (0.3, "not supported")])
def test_growth_is_compared_with_both_papers(power: float, outcome: Outcome) -> None:
    assert decide(GROWTH, replicates(size_power=power)).outcome == outcome


@pytest.mark.parametrize(("embeddings", "outcome"), [(20.0, "supported"), (0.0, "not supported")])
def test_leaving_embeddings_out_must_raise_the_exponent(embeddings: float, outcome: Outcome) -> None:
    assert decide(COUNTING, replicates(embeddings=embeddings)).outcome == outcome


def test_runs_are_read_back_from_measures() -> None:
    runs = runs_in(replicate(0.0))
    assert len(runs) == 20
    assert {run.budget for run in runs} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("values", "word"),
    [({"widths": (4, 8)}, "widths"), ({"rates": (0.02, 0.01)}, "rates"), ({"smallest": 1e6}, "smallest")],
)
def test_what_cannot_be_run_is_refused_before_the_run(values: dict[str, Any], word: str) -> None:
    with pytest.raises(BadParam, match=word):
        EXPERIMENT.units(make_params(Params, values), [1])


def test_labels_name_the_real_number_of_parameters() -> None:
    from core.training.isoflop import new_model

    count = sum(weight.numel() for weight in new_model(16, seed=1).parameters())
    assert EXPERIMENT.labels["w16"].en == f"{count:,} parameters"


def test_with_order_models_gain_over_unigrams_and_without_it_they_do_not(tmp_path: Path) -> None:
    gains = {}
    for null in (False, True):
        params = make_params(Params, {**EXPERIMENT.tiny, "smallest": 2e7})
        (unit,) = EXPERIMENT.units(params, [5])
        context = Context(device="cpu", null=null, papers=(), cache=FolderCache(tmp_path))
        events = list(EXPERIMENT.run_unit(unit, context))
        found = {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}
        gains[null] = found["unigram_loss", "language"] - found["loss", cell(8, 3)]
        assert {event.name for event in events if isinstance(event, Figure)} == {"valleys", "law", "growth"}
        assert {event.chart for event in events if isinstance(event, Point)} == {"budget 1", "budget 2", "budget 3"}
    assert gains[False] > 0.1
    assert gains[True] < 0.01
