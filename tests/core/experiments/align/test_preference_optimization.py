"""preference-optimization: what decides its claims, that PPO and DPO learn from as much, and what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import FolderCache
from core.claim import Claim, Measures
from core.decision import decide
from core.events import Figure, Measure, Outcome, Point, Sample, Table
from core.experiment import Context
from core.experiments.align.preference_optimization import BETAS, EXPERIMENT, PRICES, Params, _run, way
from core.params import BadParam, make_params
from core.training.alignment import rivals

TURNS, DPO_LEADS, BEST_LEADS, PICK = EXPERIMENT.claims
Values = dict[tuple[str, str], float]


def outcome(claim: Claim, values: Values) -> Outcome:
    """Of five replicates that hardly differ."""
    nudged = [{key: value + nudge for key, value in values.items()} for nudge in (0.0, 1e-5, 2e-5, 3e-5, 4e-5)]
    return decide(claim, [Measures(one) for one in nudged]).outcome


def driven(rise: float, fall: float, after: float, *, gold_falls: float = 0.0) -> Values:
    return {
        ("rise", "ppo-0"): rise,
        ("fall", "ppo-0"): fall,
        ("proxy_after", "ppo-0"): after,
        ("fall", "ppo-gold"): gold_falls,
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (driven(1.5, 0.6, 0.8), "supported"),
        (driven(1.5, 0.1, 0.8), "not supported"),  # it hardly falls
        (driven(1.5, 0.0, 0.0), "not supported"),  # it rises to the end
        (driven(0.0, 1.5, 0.8), "not supported"),  # it never rose: labels that say nothing
        (driven(1.5, 0.6, -0.2), "not supported"),  # the proxy fell with it: the training broke
        (driven(1.5, 0.6, 0.8, gold_falls=0.7), "invalid"),  # PPO on gold breaks as well
    ],
)
def test_gold_must_rise_and_fall_while_the_proxy_rises(values: Values, expected: Outcome) -> None:
    assert outcome(TURNS, values) == expected


def frontier(**golds: tuple[float, float]) -> Values:
    """Two points each, at divergences of 1 and 4."""
    found: Values = {}
    for kind, gained in golds.items():
        for number, (kl, gold) in enumerate(zip((1.0, 4.0), gained, strict=True)):
            found["kl", f"{kind}-{number}"] = kl
            found["gained", f"{kind}-{number}"] = gold
    return found


@pytest.mark.parametrize(
    ("dpo", "ppo", "expected"),
    [
        ((1.2, 2.0), (1.0, 1.6), "supported"),
        ((1.0, 1.6), (1.2, 2.0), "not supported"),
        ((0.1, 0.0), (0.0, -0.5), "invalid"),  # neither learned what is good
        ((1.2, 2.0), (0.2, 0.1), "invalid"),  # PPO did not: no rival
    ],
)
def test_at_equal_divergence_the_one_with_more_gold_leads(
    dpo: tuple[float, float], ppo: tuple[float, float], expected: Outcome
) -> None:
    assert outcome(DPO_LEADS, frontier(dpo=dpo, ppo=ppo)) == expected
    assert outcome(BEST_LEADS, frontier(bon=dpo, ppo=ppo)) == expected


def test_ppo_on_gold_itself_is_no_point_of_ppos_frontier() -> None:
    values = frontier(ppo=(1.0, 1.6)) | {("kl", "ppo-gold"): 2.0, ("gained", "ppo-gold"): 9.0}
    assert way(Measures(values), "ppo") == [(0.0, 0.0), (1.0, 1.0), (4.0, 1.6)]


@pytest.mark.parametrize(
    ("pick", "random", "expected"),
    [
        (4.0, 2.0, "supported"),
        (2.5, 2.0, "not supported"),
        (2.0, 2.0, "not supported"),  # a reward that says nothing
        (4.0, 2.4, "invalid"),  # a random pick gained too
    ],
)
def test_the_pick_must_gain_half_of_what_a_perfect_one_gains(pick: float, random: float, expected: Outcome) -> None:
    golds = {"bon-1": 2.0, "pick": pick, "random": random, "oracle": 5.0}
    assert outcome(PICK, {("gold", arm): value for arm, value in golds.items()}) == expected


@pytest.mark.parametrize("name", ["prices", "betas"])
def test_a_way_without_a_training_has_no_frontier(name: str) -> None:
    with pytest.raises(BadParam, match="give at least one"):
        EXPERIMENT.units(make_params(Params, {name: ()}), [1])


@pytest.mark.parametrize("preset", ["quick", "standard", "full"])
def test_ppo_and_dpo_learn_from_as_many_answers(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(rivals, "drive_dpo", lambda _start, **how: asked.update(dpo=how["steps"] * how["batch"] * 2))
    monkeypatch.setattr(
        rivals,
        "drive_ppo",
        lambda _start, settings, **_how: asked.update(ppo=settings.iterations * settings.rows * settings.epochs),
    )
    values: dict[str, Any] = dict(EXPERIMENT.presets[preset])  # type: ignore[call-overload]
    params = make_params(Params, values)
    (unit,) = EXPERIMENT.units(params, [1])
    start: Any = None
    for arm in ("ppo", "dpo"):
        _run(unit, start, arm, 0.1, 1e-3)
    assert asked["dpo"] == asked["ppo"]


def run(folder: Path, *, replicate: int = 0, null: bool = False, **values: Any) -> list[Any]:
    params = make_params(Params, {**EXPERIMENT.tiny, **values})
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    unit = EXPERIMENT.units(params, [5, 6])[replicate]
    return list(EXPERIMENT.run_unit(unit, context))


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("run")
    found = run(folder, prices=PRICES[:2], betas=BETAS[:2], search=True)
    assert any(
        item.name in event.title["en"] for item in folder.iterdir() for event in found if isinstance(event, Table)
    )
    return found


def test_every_price_and_beta_is_a_training_of_its_own(events: list[Any]) -> None:
    measured = {(event.name, event.arm) for event in events if isinstance(event, Measure)}
    for arm in ("ppo-0.02", "ppo-0.05", "ppo-0", "ppo-gold", "dpo-0.02", "dpo-0.05", "bon-1", "bon-16"):
        assert {("kl", arm), ("gained", arm), ("proxy_gained", arm)} <= measured
    charts = {event.chart for event in events if isinstance(event, Point)}
    assert {"start", "gold", "proxy", "dpo loss", "dpo margin", "dpo accuracy", "best-of-n gold"} <= charts


@pytest.mark.parametrize("kind", ["ppo", "dpo"])
def test_a_search_tries_several_rates_and_trains_on_at_the_best(events: list[Any], kind: str) -> None:
    tried = {event.x: event.y for event in events if isinstance(event, Point) and event.chart == f"rates {kind}"}
    assert len(tried) >= 3
    rates = {event.arm: event.value for event in events if isinstance(event, Measure) and event.name == "best_rate"}
    assert tried[rates[kind]] == min(tried.values())


def test_the_first_replicate_shows_figures_and_answers(events: list[Any]) -> None:
    assert {event.name for event in events if isinstance(event, Figure)} == {"frontier", "driven", "best-of-n"}
    assert {event.arm for event in events if isinstance(event, Sample)} == {"sft", "ppo-0"}


def test_replicates_share_as_many_policies_as_asked_for_and_only_the_first_draws(tmp_path: Path) -> None:
    def made(bases: int) -> tuple[set[str], list[Any]]:
        before = {folder.name for folder in tmp_path.iterdir()}
        said = run(tmp_path, replicate=1, bases=bases)
        return {folder.name for folder in tmp_path.iterdir()} - before, said

    assert made(1)[0]
    policies, said = made(2)
    assert policies  # the second replicate has another one now
    assert not [event for event in said if isinstance(event, Figure | Table | Sample)]
