"""Small models that learn from their prompt: what they see, how they are scored, and that asking changes no weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core.checkpoints import FolderCache
from core.training.ask.in_context import NumberModel, Numbers, Predicted, Symbols, World, learn, searched_rate

WORLDS: tuple[World, ...] = (Numbers(dimensions=2, alone=False), Symbols(examples=4, alone=False))
each = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


def test_what_is_said_of_a_number_sees_only_those_before_it() -> None:
    torch.manual_seed(0)
    model = NumberModel(8, dimensions=2).eval()
    world = Numbers(dimensions=2, alone=False)
    prompts = world.asked(3, seed=1)
    before = world.said(model, prompts)
    changed = prompts.y.clone()
    changed[:, 2] += 5.0
    after = model(prompts.x, changed).logits
    assert torch.allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-3)


@each
def test_errors_are_one_for_each_number_of_examples_and_asking_changes_no_weight(world: World) -> None:
    model = world.model(8, seed=0)
    weights = [weight.detach().clone() for weight in model.parameters()]
    asked = world.asked(64, seed=1)
    errors = world.errors(model, asked)
    assert len(errors) == world.examples + 1
    assert len(world.errors(model, world.mispaired(asked, seed=2))) == world.examples + 1
    assert world.distance(model, asked) > 0
    assert all(torch.equal(one, other) for one, other in zip(weights, model.parameters(), strict=True))


@each
def test_the_best_possible_learner_gains_from_every_example(world: World) -> None:
    errors = world.learner(world.learners[0], world.asked(2000, seed=1))
    assert errors[0] == pytest.approx(1.0, abs=0.05)
    assert all(after < before for before, after in zip(errors[:2], errors[1:3], strict=True))
    alone: World = Numbers(dimensions=2, alone=True) if world.name == "numbers" else Symbols(examples=4, alone=True)
    model = alone.model(8, seed=0)
    assert alone.errors(model, alone.asked(500, seed=1))[-1] > 0.9


class Copier(nn.Module):
    """Says of the last number what least squares would: only to be scored."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> Predicted:
        return Predicted(loss=self.weight.sum(), logits=labels)


def test_a_model_that_says_the_truth_has_no_error_and_no_distance() -> None:
    world = Numbers(dimensions=2, alone=False)
    asked = world.asked(50, seed=1)
    assert world.errors(Copier(), asked) == [0.0] * 5
    assert world.distance(Copier(), asked) < 1e-6


def test_symbols_are_learned_from_the_prompt_in_seconds() -> None:
    world = Symbols(examples=8, alone=False)
    model = world.model(32, seed=0)
    looks = list(learn(world, model, steps=100, rows=64, rate=5e-3, seed=3, device="cpu", looks=2))
    assert [seen for seen, _ in looks] == [50 * 64, 100 * 64]
    asked = world.asked(400, seed=9)
    errors = world.errors(model, asked)
    assert errors[0] > 0.9
    assert errors[-1] < 0.8
    assert world.errors(model, world.mispaired(asked, seed=1))[-1] > 0.9


def test_a_rate_is_searched_once_and_found_again(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    how: dict[str, Any] = {"width": 8, "steps": 2, "rows": 2, "rates": (1e-3, 1e-2), "device": "cpu"}
    found = searched_rate(cache, WORLDS[1], **how)
    folders = sorted(tmp_path.glob("*/rates.json"))
    assert searched_rate(cache, WORLDS[1], **how) == found
    assert sorted(tmp_path.glob("*/rates.json")) == folders
    searched_rate(cache, WORLDS[0], **how)
    assert len(list(tmp_path.glob("*/rates.json"))) == len(folders) + 1
