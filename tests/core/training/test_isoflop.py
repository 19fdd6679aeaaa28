"""Models of equal compute: what is counted is what PyTorch counts, and a budget is spent to a few percent."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.text.markov import markov_language
from core.training.flops import TrainingFlops
from core.training.isoflop import TIME, VOCABULARY, Plan, Size, new_model, spend
from core.training.isoflop_grid import Found, Grid


@pytest.mark.parametrize("width", [4, 16, 64])
def test_parameters_and_flops_are_those_of_the_model(width: int) -> None:
    model, size = new_model(width, seed=1), Size.of(width)
    embeddings = model.model.embed_tokens.weight.numel() + TIME * width
    assert size.parameters == sum(weight.numel() for weight in model.parameters())
    assert size.bare == size.parameters - embeddings
    counted = TrainingFlops.of(model)
    assert counted is not None
    assert size.flops_a_token == counted.a_token(TIME)


def test_pytorch_counts_the_same_operations() -> None:
    model = new_model(16, seed=1)
    model.set_attn_implementation("eager")  # the fused kernel is not in PyTorch's table
    ids = torch.randint(VOCABULARY, (3, TIME))
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, labels=ids).loss.backward()
    assert counter.get_total_flops() == Size.of(16).flops_a_token * ids.numel()


@pytest.mark.parametrize("width", [4, 8, 16, 32, 64])
@pytest.mark.parametrize("flops", [5e8, 1.5e9, 1.35e10])
def test_a_plan_spends_its_budget(width: int, flops: float) -> None:
    plan = Plan.of(Size.of(width), flops=flops)
    assert plan.flops == pytest.approx(flops, rel=0.05)
    assert plan.tokens == plan.windows * TIME


def test_a_budget_too_small_for_a_size_is_refused() -> None:
    with pytest.raises(ValueError, match="larger budget"):
        Plan.of(Size.of(64), flops=1e5)


def test_a_run_reads_its_windows_once_and_learns() -> None:
    text = torch.from_numpy(markov_language(vocabulary=VOCABULARY, seed=1).windows(600, time=TIME, seed=2))
    plan = Plan(steps=60, rows=8, flops_a_token=1)
    records = list(spend(new_model(8, seed=1), plan, text, rate=0.02, device="cpu"))
    assert records[-1].tokens == plan.tokens
    assert records[-1].loss < records[0].loss - 0.3
    with pytest.raises(ValueError, match="there are 100"):
        list(spend(new_model(8, seed=1), plan, text[:100], rate=0.02, device="cpu"))


class Small:
    """What a grid of seconds needs to know."""

    widths, rates, search, decay = (4, 8), (1e-2, 2e-2, 4e-2), True, 0.75


def best(width: int, **recorded: float) -> Found:
    choices = Small()
    choices.search = not recorded
    grid = Grid.of(choices, seed=1, null=False, device="cpu", recorded=recorded)
    return grid.best_of(Size.of(width), flops=5e6, text=grid.text(budget=1, flops=5e6), arm=f"w{width}-b1")


def test_the_rate_is_searched_or_taken_from_the_record() -> None:
    assert best(8).rate in {0.005, 0.01, 0.02, 0.04, 0.08}
    assert best(8, **{"w8-b1": 0.03}).rate == 0.03
    assert best(8, other=0.03).rate == 0.02


def test_a_found_run_tells_its_curve_and_its_numbers() -> None:
    found = best(4, none=0.0)
    curve = found.curve(4)
    assert curve[-1][0] == found.plan.tokens
    assert [tokens for tokens, _loss in curve] == sorted(tokens for tokens, _loss in curve)
    run = found.as_run(budget=2)
    assert (run.budget, run.flops, run.loss) == (2, found.plan.flops, found.loss)
