"""rlhf: what decides its claims, what each planted fault looks like, and that shared checkpoints are found again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import RECIPE_FILE, FolderCache
from core.claim import Claim, Measures
from core.decision import decide
from core.events import Event, Measure, Outcome, Point, Sample, Table
from core.experiment import Context
from core.experiments.align.rlhf import EXPERIMENT, FAULTS, RATES, Params, _settings
from core.params import make_params
from core.training.alignment.ppo import Settings, adapted
from core.training.alignment.sft import Schooling

BEATS, SMALL, PRICE = EXPERIMENT.claims
Values = dict[tuple[str, str], float]
FOUND: Values = {
    ("gold", "ppo"): 5.2,
    ("gold", "more"): 4.0,
    ("gold", "large"): 4.1,
    ("gold", "free"): 4.6,
    ("proxy", "ppo"): 1.2,
    ("proxy", "free"): 1.9,
    ("accuracy", "reward"): 0.68,
    ("loss", "sft"): 2.09,
    ("loss", "large"): 2.05,
    ("parameters", "sft"): 58_000.0,
    ("parameters", "large"): 600_000.0,
}


def outcome(claim: Claim, values: Values) -> Outcome:
    """Of five replicates that hardly differ."""
    nudged = [{key: value + nudge for key, value in values.items()} for nudge in (0.0, 1e-5, 2e-5, 3e-5, 4e-5)]
    return decide(claim, [Measures(one) for one in nudged]).outcome


@pytest.mark.parametrize(
    ("claim", "changed", "expected"),
    [
        (BEATS, {}, "supported"),
        (BEATS, {("gold", "more"): 4.9}, "not supported"),  # imitation does nearly as well
        (BEATS, {("gold", "ppo"): 1.0}, "not supported"),  # the sign of the advantage
        (BEATS, {("accuracy", "reward"): 0.5}, "invalid"),  # shuffled labels
        (SMALL, {}, "supported"),
        (SMALL, {("gold", "large"): 5.0}, "not supported"),
        (SMALL, {("loss", "large"): 2.3}, "invalid"),  # the large model is a worse imitator
        (SMALL, {("parameters", "large"): 500_000.0}, "invalid"),  # it is not ten times as large
        (PRICE, {}, "supported"),
        (PRICE, {("gold", "free"): 5.3}, "not supported"),  # nothing is lost without a price
        (PRICE, {("proxy", "free"): 1.2}, "invalid"),  # it was not driven further
        (PRICE, {("accuracy", "reward"): 0.52}, "invalid"),  # there was nothing to be driven to
    ],
)
def test_each_claim_stands_and_falls_by_its_measures(claim: Claim, changed: Values, expected: Outcome) -> None:
    assert outcome(claim, FOUND | changed) == expected


def run(folder: Path, arm: str, *, null: bool = False, seed: int = 5, **values: Any) -> list[Event]:
    params = make_params(Params, {**EXPERIMENT.tiny, **values})
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    (unit,) = (unit for unit in EXPERIMENT.units(params, [seed]) if unit.arm == arm)
    return list(EXPERIMENT.run_unit(unit, context))


def measured(events: list[Event]) -> Values:
    return {(event.name, event.arm): event.value for event in events if isinstance(event, Measure)}


def curve(events: list[Event], chart: str, arm: str) -> list[float]:
    return [e.y for e in events if isinstance(e, Point) and (e.chart, e.arm) == (chart, arm)]


# Small, but real: the reward model learns the tone of letters, and PPO goes after it.
REAL: Mapping[str, Any] = {
    "pairs": 800,
    "iterations": 10,
    "rows": 64,
    "base_steps": 40,
    "sft_steps": 10,
    "asked": 128,
    "width": 16,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def faulty(shared: Path) -> dict[str, list[Event]]:
    return {fault: run(shared, "aligned", fault=fault, **REAL) for fault in FAULTS}


def test_without_a_fault_the_learned_reward_and_gold_rise(faulty: dict[str, list[Event]]) -> None:
    found, rewards, gold = measured(faulty["none"]), *(curve(faulty["none"], x, "ppo") for x in ("proxy", "main"))
    assert found["accuracy", "reward"] > 0.58
    assert rewards[-1] > rewards[0] + 0.2
    assert gold[-1] > gold[0]
    assert found["gold", "ppo"] > found["gold", "sft"]


def test_with_the_wrong_sign_the_reward_falls(faulty: dict[str, list[Event]]) -> None:
    rewards = curve(faulty["sign"], "proxy", "ppo")
    assert rewards[-1] < rewards[0] - 0.2
    found = measured(faulty["sign"])
    assert found["gold", "ppo"] < found["gold", "more"] + 0.5
    assert outcome(BEATS, found) == "not supported"


def test_with_shuffled_labels_the_reward_model_guesses(faulty: dict[str, list[Event]]) -> None:
    true, guessed = (curve(faulty[fault], "reward model", "reward")[-1] for fault in ("none", "shuffled labels"))
    assert guessed < 0.55 < 0.6 < true
    found = measured(faulty["shuffled labels"])
    assert outcome(BEATS, found) == "invalid"
    assert outcome(PRICE, found) == "invalid"


def test_without_a_price_both_arms_drift_alike(faulty: dict[str, list[Event]]) -> None:
    paid, unpaid = (curve(faulty[fault], "kl", "ppo") for fault in ("none", "no penalty"))
    assert unpaid[-1] > paid[-1]
    found = measured(faulty["no penalty"])
    assert found["gold", "ppo"] == found["gold", "free"]
    assert outcome(PRICE, found) == "invalid"


def test_the_null_world_shuffles_the_labels(shared: Path, faulty: dict[str, list[Event]]) -> None:
    null = measured(run(shared, "aligned", null=True, **REAL))
    assert null == measured(faulty["shuffled labels"])


def test_checkpoints_are_made_once_and_shared(shared: Path, faulty: dict[str, list[Event]]) -> None:
    recipes = [path.read_text("utf-8") for path in shared.glob(f"*/{RECIPE_FILE}")]
    assert len(recipes) == 6 + 2  # stages of one SFT model; a reward model of true labels and one of shuffled ones
    (table,) = (event for event in faulty["none"] if isinstance(event, Table))
    assert any(folder.name in table.title["en"] for folder in shared.iterdir() if folder.is_dir())


def test_the_large_model_reads_the_same_writing_and_is_named_by_its_size(tmp_path: Path) -> None:
    large = measured(run(tmp_path, "large"))
    small = measured(run(tmp_path, "aligned"))
    assert large["parameters", "large"] > small["parameters", "sft"]
    assert {("gold", "large"), ("gold", "large-base"), ("loss", "large")} <= large.keys()


def test_further_imitation_takes_as_many_rows_as_the_rest_together(tmp_path: Path) -> None:
    found = measured(run(tmp_path, "aligned", pairs=64, iterations=2, rows=16))
    assert found["rows", "more"] == 2 * 64 + 2 * Settings(iterations=2).epochs * 2 * 16


def test_curves_of_equal_budgets_end_at_equal_rows_and_are_those_of_what_is_measured(tmp_path: Path) -> None:
    said = run(tmp_path, "aligned", search=True)
    ends = {
        arm: [e.x for e in said if isinstance(e, Point) and (e.chart, e.arm) == ("main", arm)][-1]
        for arm in ("ppo", "free", "more")
    }
    assert ends["ppo"] == ends["free"]
    assert ends["more"] == pytest.approx(ends["ppo"], abs=Schooling(model={}, base_steps=1, steps=1).rows)
    assert curve(said, "main", "more")[-1] == measured(said)["gold", "more"]


def test_an_adaptive_price_can_go_far_within_a_run() -> None:
    settings = _settings(make_params(Params, {"kl_target": 0.1}), "ppo")
    price = settings.kl_coefficient
    for _ in range(settings.iterations):
        price = adapted(price, kl=10.0, settings=settings)
    assert price > 2 * settings.kl_coefficient


def test_samples_show_the_same_prompts_before_and_after(tmp_path: Path) -> None:
    samples = [event for event in run(tmp_path, "aligned") if isinstance(event, Sample)]
    prompts = {arm: [s.prompt for s in samples if s.arm == arm] for arm in ("sft", "ppo", "free")}
    assert prompts["sft"] == prompts["ppo"] == prompts["free"]
    assert all("gold" in sample.text for sample in samples)


def test_a_search_tries_several_rates_and_gold_does_not_choose(tmp_path: Path) -> None:
    found = measured(run(tmp_path, "aligned", search=True))
    assert found["best_rate", "ppo"] == found["best_rate", "free"]
    assert {arm for name, arm in found if name == "best_rate"} == {"ppo", "free", "more"}
    assert all(list(rates) == sorted(rates) for rates in RATES.values())


def test_a_large_unit_stands_beside_the_first_small_one() -> None:
    units = EXPERIMENT.units(make_params(Params, EXPERIMENT.tiny), [1, 2, 3])
    assert [unit.arm for unit in units] == ["aligned", "large", "aligned", "aligned", "large", "large"]
