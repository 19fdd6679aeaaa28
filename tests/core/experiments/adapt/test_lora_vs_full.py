"""lora-vs-full: what decides its claims, what each arm trains and forgets, and what the null world switches off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Claim, Measures
from core.decision import decide
from core.events import Measure, Outcome, Point, Table
from core.experiment import Context
from core.experiments.adapt.lora_vs_full import EXPERIMENT, Params, recovered, spared
from core.params import BadParam, make_params
from core.reference import found_rates

MATCHES, FORGETS, FEW = EXPERIMENT.claims
NUDGES = (-0.01, -0.005, 0.0, 0.005, 0.01)


def outcome(claim: Claim, replicates: list[dict[tuple[str, str], float]]) -> Outcome:
    return decide(claim, [Measures(values) for values in replicates]).outcome


def found(*, full: float, lora: float, part: float = 0.07) -> list[dict[tuple[str, str], float]]:
    """Five replicates of a base at 4 nats a token, LoRA training `part` of the parameters."""
    return [
        {
            ("base_loss", "full"): 4.0,
            ("loss", "full"): full,
            ("loss", "lora"): lora + nudge,
            ("loss_few", "full"): full,
            ("loss_few", "lora"): lora + nudge,
            ("trainable", "full"): 1000,
            ("trainable", "lora"): 1000 * part,
        }
        for nudge in NUDGES
    ]


@pytest.mark.parametrize(
    ("full", "lora", "part", "expected"),
    [
        (3.0, 3.02, 0.07, "supported"),
        (3.0, 3.5, 0.07, "not supported"),
        (3.0, 4.0, 0.07, "not supported"),
        (3.0, 3.02, 0.5, "not supported"),  # half of the parameters is not a small part
        (3.95, 3.96, 0.07, "invalid"),  # full fine-tuning gained nothing worth recovering
    ],
)
def test_lora_must_recover_the_gain_with_few_parameters(
    full: float, lora: float, part: float, expected: Outcome
) -> None:
    assert outcome(MATCHES, found(full=full, lora=lora, part=part)) == expected


def test_the_share_is_of_full_fine_tunings_gain() -> None:
    assert recovered(Measures(found(full=3.0, lora=3.25)[2])) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("full", "lora", "expected"),
    [
        (3.5, 3.4, "supported"),
        (3.5, 3.53, "supported"),  # a little worse is not worse than the margin
        (3.5, 3.7, "not supported"),
        (3.5, 4.0, "not supported"),  # untrained
        (3.98, 3.98, "invalid"),  # the few papers taught nothing
    ],
)
def test_from_few_papers_lora_may_not_be_worse(full: float, lora: float, expected: Outcome) -> None:
    assert outcome(FEW, found(full=full, lora=lora)) == expected


def forgetting(full: dict[float, float], lora: dict[float, float], *, rise: float = 0.4) -> list[Any]:
    """Five replicates: gain to what was forgotten, for each arm."""
    return [
        {("base_old_loss", "full"): 3.0, ("old_loss", "full"): 3.0 + rise}
        | {(f"forgotten_at_gain_{gain:g}", "full"): value for gain, value in full.items()}
        | {(f"forgotten_at_gain_{gain:g}", "lora"): value + nudge / 10 for gain, value in lora.items()}
        for nudge in NUDGES
    ]


@pytest.mark.parametrize(
    ("full", "lora", "rise", "expected"),
    [
        ({0: 0.0, 0.5: 0.1, 1: 0.4}, {0: 0.0, 0.5: 0.02}, 0.4, "supported"),
        ({0: 0.0, 0.5: 0.1, 1: 0.4}, {0: 0.0, 0.5: 0.1}, 0.4, "not supported"),  # on one curve: LoRA only learned less
        ({0: 0.0, 0.5: 0.1}, {0: 0.0, 0.5: 0.3}, 0.4, "not supported"),
        ({0: 0.0, 0.5: 0.1}, {0: 0.0}, 0.4, "too small to tell"),  # untrained: nothing was gained
        ({0: 0.0, 0.5: 0.1}, {0: 0.0, 0.5: 0.02}, 0.01, "invalid"),  # nothing was forgotten
    ],
)
def test_less_must_be_forgotten_where_as_much_was_gained(
    full: dict[float, float], lora: dict[float, float], rise: float, expected: Outcome
) -> None:
    assert outcome(FORGETS, forgetting(full, lora, rise=rise)) == expected


def test_what_was_forgotten_is_read_at_the_largest_common_gain() -> None:
    measures = Measures(forgetting({0: 0.0, 0.5: 0.1, 1: 0.9}, {0: 0.0, 0.5: 0.04, 0.75: 0.2})[2])
    assert spared(measures) == pytest.approx(0.06)


def test_both_arms_of_a_replicate_share_its_seed() -> None:
    units = EXPERIMENT.units(make_params(Params, EXPERIMENT.tiny), [5, 6])
    assert {(unit.arm, unit.replicate): unit.seed for unit in units} == {
        ("full", 0): 5,
        ("lora", 0): 5,
        ("full", 1): 6,
        ("lora", 1): 6,
    }


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"rates_lora": ()}, "rates_lora"),
        ({"rates_full": (1e-2, 1e-3)}, "rates_full: .* ascending"),
        ({"examples": ()}, "examples"),
        ({"examples": (20, 9999)}, "examples: 9999 .* starter catalog; train on"),
    ],
)
def test_what_cannot_be_run_is_refused_before_the_run(values: dict[str, Any], word: str) -> None:
    with pytest.raises(BadParam, match=word):
        EXPERIMENT.units(make_params(Params, values), [1])


@dataclass(frozen=True)
class Run:
    """What one arm of one replicate said."""

    measures: dict[str, float]
    points: list[Point]
    tables: list[Table]


def run(folder: Path, *, arm: str, null: bool = False, papers: Any = (), **values: Any) -> Run:
    params = make_params(Params, {**EXPERIMENT.tiny, "steps": 6, **values})
    context = Context(device="cpu", null=null, papers=papers, cache=FolderCache(folder))
    (unit,) = (unit for unit in EXPERIMENT.units(params, [5]) if unit.arm == arm)
    events = list(EXPERIMENT.run_unit(unit, context))
    measures = {event.name: event.value for event in events if isinstance(event, Measure)}
    return Run(measures, [e for e in events if isinstance(e, Point)], [e for e in events if isinstance(e, Table)])


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A search of two rates, the second of which ruins the model."""
    values = {"examples": (20,), "search": True, "rates_full": (1e-3, 1.0)}
    return run(tmp_path_factory.mktemp("full"), arm="full", **values)


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("lora"), arm="lora")


def test_both_arms_start_from_one_base_and_learn(full: Run, lora: Run) -> None:
    assert full.measures["base_loss"] == pytest.approx(lora.measures["base_loss"], abs=1e-5)
    for found_run in (full, lora):
        assert found_run.measures["loss"] < found_run.measures["base_loss"]


def test_lora_trains_holds_and_keeps_a_small_part(full: Run, lora: Run) -> None:
    whole, part = full.measures, lora.measures
    assert part["trainable"] < whole["trainable"] / 10
    assert whole["optimizer_bytes"] == 8 * whole["trainable"]
    assert whole["gradient_bytes"] == 4 * whole["trainable"]
    assert part["saved_bytes"] < whole["saved_bytes"] / 5
    assert part["expected_memory"] < whole["expected_memory"]


def test_a_rate_that_ruins_the_model_loses_and_the_search_goes_on_below_the_grid(full: Run) -> None:
    assert full.measures["best_rate"] <= 1e-3
    (table,) = full.tables
    rates = [row[1] for row in table.rows]
    assert len(rates) > 2
    assert min(rates) < 1e-3


def test_every_number_of_papers_has_its_test_and_the_fewest_and_the_most_their_names(lora: Run) -> None:
    found_measures = lora.measures
    assert found_measures["loss_20"] == found_measures["loss"]
    assert found_measures["loss_10"] == found_measures["loss_few"]
    assert {point.x for point in lora.points if point.chart == "papers"} == {10, 20}


def test_what_is_forgotten_begins_with_nothing(lora: Run) -> None:
    assert lora.measures["forgotten_at_gain_0"] == 0
    traded = [point for point in lora.points if point.chart == "forgetting 1"]
    assert traded[0].y == pytest.approx(lora.measures["base_old_loss"])


def test_without_a_search_the_recorded_rate_is_used_or_the_middle_and_the_table_says_which(lora: Run) -> None:
    recorded = found_rates("lora-vs-full").get("lora")
    assert lora.measures["best_rate"] == (1e-2 if recorded is None else recorded)
    expected = "the grid's middle: none is recorded" if recorded is None else "found by preset standard"
    assert {row[-1] for row in lora.tables[0].rows} == {expected}


def test_in_the_null_world_lora_stays_the_base(tmp_path: Path) -> None:
    measures = run(tmp_path, arm="lora", null=True, examples=(20,)).measures
    assert measures["loss"] == measures["loss_few"] == measures["base_loss"]
    assert {name for name in measures if name.startswith("forgotten")} == {"forgotten_at_gain_0"}


@dataclass(frozen=True)
class Described:
    """What is read of a paper."""

    id: str
    abstract: str


def test_a_catalog_with_too_few_abstracts_says_how_many_are_needed(tmp_path: Path) -> None:
    papers = [Described(f"2301.{number:05}", "We adapt a model.") for number in range(3)]
    with pytest.raises(BadParam, match="20 .* papers are more than the 3 of the catalog's abstracts"):
        run(tmp_path, arm="full", domain="abstracts", papers=papers)
