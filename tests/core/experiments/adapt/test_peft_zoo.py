"""peft-zoo: what decides its claims, from which worlds its bases come, and what it says where a library is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints import RECIPE_FILE, FolderCache
from core.claim import Claim, Measures
from core.decision import decide
from core.events import Figure, Measure, Outcome, Skip, Table
from core.experiment import Context
from core.experiments.adapt.peft_zoo import EXPERIMENT, RATES, TITLES, Params, elicited
from core.gpt.adapters import METHODS
from core.params import BadParam, make_params

ELICIT, TEACH, EQUAL, FOUR_BITS = EXPERIMENT.claims
Values = dict[tuple[str, str], float]


def outcome(claim: Claim, values: Values) -> Outcome:
    """Of five replicates that hardly differ."""
    nudged = [{key: value + nudge for key, value in values.items()} for nudge in (0.0, 1e-5, 2e-5, 3e-5, 4e-5)]
    return decide(claim, [Measures(one) for one in nudged]).outcome


def of(name: str, skill: str, **found: float) -> Values:
    return {(name, f"{skill}-{arm.replace('_', '-')}" if arm != "base" else skill): x for arm, x in found.items()}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"base": 0.2, "full": 1.0, "lora": 1.0, "prompt": 0.99}, "supported"),
        ({"base": 0.2, "full": 1.0, "lora": 1.0, "prompt": 0.6}, "not supported"),  # one that fails is enough
        ({"base": 0.2, "full": 0.9, "lora": 0.9, "prompt": 0.88}, "supported"),  # held against full fine-tuning
        ({"base": 0.9, "full": 1.0, "lora": 1.0, "prompt": 1.0}, "invalid"),  # the base showed it by itself
        ({"base": 0.0, "full": 0.1, "lora": 0.1, "prompt": 0.1}, "invalid"),  # nobody shows it
    ],
)
def test_every_small_method_must_elicit(found: dict[str, float], expected: Outcome) -> None:
    assert outcome(ELICIT, of("answers", "hidden", **found)) == expected


def test_where_full_fine_tuning_gets_none_right_nothing_is_elicited() -> None:
    assert elicited(Measures(of("answers", "hidden", full=0.0, lora=0.0))) == 0.0


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"base": 0.1, "full": 1.0, "lora": 0.9, "prefix": 0.4, "prompt": 0.3}, "supported"),
        ({"base": 0.1, "full": 1.0, "lora": 0.9, "prefix": 0.4, "prompt": 0.85}, "not supported"),  # the best counts
        ({"base": 0.1, "full": 0.3, "lora": 0.3, "prefix": 0.05}, "invalid"),  # it cannot be learned in these steps
        ({"base": 0.9, "full": 1.0, "lora": 1.0, "prefix": 0.5}, "invalid"),  # it was not new
    ],
)
def test_the_best_steering_method_must_stay_behind_lora(found: dict[str, float], expected: Outcome) -> None:
    assert outcome(TEACH, of("letters", "new", **found)) == expected


@pytest.mark.parametrize(
    ("lora", "parameters", "expected"),
    [(0.8, 2560, "supported"), (0.35, 2560, "not supported"), (0.8, 20_480, "not supported")],
)
def test_at_equal_size_lora_must_learn_more(lora: float, parameters: float, expected: Outcome) -> None:
    letters = of("letters", "new", base=0.1, full=1.0, lora_1=lora, prefix=0.3)
    assert outcome(EQUAL, letters | of("trainable", "new", lora_1=parameters, prefix=2560)) == expected


@pytest.mark.parametrize(
    ("qlora", "stored", "start", "expected"),
    [
        (0.55, 71_280, 2.5, "supported"),
        (1.2, 71_280, 2.5, "not supported"),
        (0.5, 427_008, 2.5, "not supported"),  # nothing was saved
        (0.55, 71_280, 0.9, "invalid"),  # nothing was gained
    ],
)
def test_four_bits_must_keep_the_gain_and_save_the_bytes(
    qlora: float, stored: float, start: float, expected: Outcome
) -> None:
    losses = of("loss", "new", base=start, lora=0.5, qlora=qlora)
    assert outcome(FOUR_BITS, losses | of("block_bytes", "new", lora=427_008, qlora=stored)) == expected


def test_every_method_has_rates_to_begin_with() -> None:
    assert RATES.keys() == TITLES.keys()
    assert TITLES.keys() - {"full", "lora-1"} <= METHODS.keys()
    assert all(list(rates) == sorted(rates) and len(rates) == 3 for rates in RATES.values())


@pytest.mark.parametrize("values", [{"hidden_methods": ("lora", "ia3")}, {"new_methods": ("full",)}])
def test_without_full_fine_tuning_there_is_nothing_to_hold_against(values: dict[str, Any]) -> None:
    with pytest.raises(BadParam, match="full and at least one more"):
        EXPERIMENT.units(make_params(Params, values), [1])


def run(folder: Path, arm: str, *, null: bool = False, **values: Any) -> list[Any]:
    params = make_params(Params, {**EXPERIMENT.tiny, **values})
    context = Context(device="cpu", null=null, papers=(), cache=FolderCache(folder))
    (unit,) = (unit for unit in EXPERIMENT.units(params, [5]) if unit.arm == arm)
    return list(EXPERIMENT.run_unit(unit, context))


def test_the_null_worlds_base_has_the_new_skill_and_not_the_hidden_one(tmp_path: Path) -> None:
    for null, skill, other in ((False, "shift-3", "rotate"), (True, "rotate", "shift-3")):
        folder = tmp_path / str(null)
        run(folder, "hidden", null=null, hidden_methods=("full", "ia3"))
        recipes = [path.read_text("utf-8") for path in folder.glob(f"*/{RECIPE_FILE}")]
        assert recipes
        assert all(f'"{skill}"' in recipe and f'"{other}"' not in recipe for recipe in recipes)


def test_replicates_share_as_many_bases_as_asked_for(tmp_path: Path) -> None:
    params = make_params(Params, {**EXPERIMENT.tiny, "bases": 2, "hidden_methods": ("full", "ia3")})
    context = Context(device="cpu", null=False, papers=(), cache=FolderCache(tmp_path))
    for unit in EXPERIMENT.units(params, [5, 6, 7]):
        if unit.arm == "hidden":
            list(EXPERIMENT.run_unit(unit, context))
    assert len(list(tmp_path.glob(f"*/{RECIPE_FILE}"))) == 2 * 5  # five stages each


def test_the_table_names_the_base_and_the_figure_has_all_methods(tmp_path: Path) -> None:
    events = run(tmp_path, "new", new_methods=("full", "lora-1", "prefix"))
    table = [event for event in events if isinstance(event, Table)][-1]
    assert [row[0] for row in table.rows] == ["base", "full", "lora-1", "prefix"]
    assert any(folder.name in table.title["en"] for folder in tmp_path.iterdir())
    figure = [event for event in events if isinstance(event, Figure)][-1]
    assert figure.plotly["data"][1]["text"] == ["full", "lora-1", "prefix"]


def test_without_bitsandbytes_qlora_is_skipped_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    events = run(tmp_path, "new", new_methods=("full", "qlora"))
    (skip,) = (event for event in events if isinstance(event, Skip))
    assert skip.arm == "new-qlora"
    assert "bitsandbytes" in skip.reason["en"]
    assert ("loss", "new-full") in {(event.name, event.arm) for event in events if isinstance(event, Measure)}
