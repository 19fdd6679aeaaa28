"""Rivals: what they share, that each moves only its own copy, and that gold never chooses."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn

from core.checkpoints import FolderCache
from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text import preferences
from core.training.alignment.ppo import Settings
from core.training.alignment.rivals import Look, Reached, Start, begin, best, draw, drive_dpo, drive_ppo, points
from core.training.alignment.sft import SMALL, Schooling, load_policy, stages

TINY: dict[str, Any] = SMALL | {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}


@pytest.fixture(scope="module")
def sft(tmp_path_factory: pytest.TempPathFactory) -> GPT:
    folder = tmp_path_factory.mktemp("policy")
    *_others, last = stages(FolderCache(folder), Schooling(model=TINY, base_steps=40, steps=20))
    return load_policy(last.folder)


def started(sft: GPT, *, shuffled: bool = False, pairs: int = 64, epochs: int = 1) -> Start:
    return begin(sft, pairs=pairs, asked=24, epochs=epochs, batch=16, learning_rate=1e-3, shuffled=shuffled, seed=3)


def weights(model: nn.Module) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def test_the_start_is_at_no_divergence_and_is_looked_at_the_same_each_time(sft: GPT) -> None:
    start = started(sft)
    found = start.look(start.sft)
    assert found == start.look(deepcopy(sft))
    assert found.kl == pytest.approx(0, abs=1e-6)
    assert found.gold == pytest.approx((found.first + found.second) / 2)
    assert math.isfinite(found.proxy)
    assert "gold" in found.said[0]


def test_prompts_to_look_by_are_not_those_to_learn_from(sft: GPT) -> None:
    start = started(sft)
    known = {tuple(sorted(row)) for row in start.pairs.prompts.tolist()}
    assert not known & {tuple(sorted(row)) for row in start.asked.tolist()}


def agreement(start: Start) -> float:
    pairs = start.pairs
    ahead = preferences.gold(pairs.prompts, pairs.chosen) - preferences.gold(pairs.prompts, pairs.rejected)
    return ((ahead.sign() + 1) / 2).mean().item()


def test_gold_labels_the_pairs_unless_they_are_shuffled(sft: GPT) -> None:
    assert agreement(started(sft, pairs=2000)) > 0.65
    assert agreement(started(sft, pairs=2000, shuffled=True)) == pytest.approx(0.5, abs=0.04)


def test_every_way_moves_a_copy_and_leaves_the_start(sft: GPT) -> None:
    start = started(sft)
    before = weights(start.sft) + weights(start.rewarder)
    settings = Settings(iterations=3, rows=8, learning_rate=3e-3, kl_coefficient=0.0)
    ways = {
        "ppo": list(drive_ppo(start, settings, looks=3, seed=0)),
        "gold": list(drive_ppo(start, settings, looks=3, seed=0, gold=True)),
        "dpo": list(drive_dpo(start, beta=0.1, steps=6, batch=8, learning_rate=3e-3, looks=3, seed=0)),
    }
    for looks in ways.values():
        assert looks[0].reached.kl == pytest.approx(0, abs=1e-6)
        assert looks[-1].reached.kl > 1e-5
        assert len(looks) == 4
    assert all(
        torch.equal(one, other) for one, other in zip(before, weights(start.sft) + weights(start.rewarder), strict=True)
    )
    assert ways["ppo"][0].objective == pytest.approx(-ways["ppo"][0].reached.proxy)
    assert ways["gold"][0].objective == pytest.approx(-ways["gold"][0].reached.gold)
    assert ways["dpo"][0].judged is not None
    assert ways["dpo"][0].objective == pytest.approx(math.log(2), abs=1e-6)


def test_a_price_on_the_divergence_is_part_of_what_ppo_minimises(sft: GPT) -> None:
    settings = Settings(iterations=2, rows=8, learning_rate=3e-3, kl_coefficient=0.5)
    last = list(drive_ppo(started(sft), settings, looks=1, seed=0))[-1]
    assert last.objective == pytest.approx(0.5 * last.reached.kl - last.reached.proxy)


def test_a_training_that_diverges_ends_early_with_what_it_had(sft: GPT) -> None:
    start = started(sft)
    looks = list(drive_dpo(start, beta=0.1, steps=50, batch=8, learning_rate=math.inf, looks=5, seed=0))
    assert looks[0].step == 0
    assert looks[-1].step < 50


def look(step: int, objective: float, gold: float) -> Look:
    reached = Reached(kl=1, gold=gold, proxy=0, first=gold, second=gold, said=())
    return Look(step=step, objective=objective, reached=reached)


def test_gold_never_chooses() -> None:
    assert best([look(0, 1.0, 5.0), look(1, 0.5, 1.0), look(2, 0.7, 9.0)]).step == 1
    assert best([look(0, math.nan, 5.0), look(1, 0.5, 1.0)]).step == 1


def test_draws_are_grouped_by_prompt(sft: GPT) -> None:
    start = started(sft)
    draws = draw(start, prompts=5, samples=64, seed=0)
    assert draws.scores.shape == draws.gold.shape == (5, 64)
    found = draws.best_of(64, seed=0)
    assert found.highest == pytest.approx(draws.scores.max(axis=1).mean())
    assert draws.oracle(64) == pytest.approx(draws.gold.max(axis=1).mean())
    assert found.gold <= draws.oracle(64)


def test_points_are_the_mean_gold_of_held_out_prompts(sft: GPT) -> None:
    assert points(sft, count=64, seed=0) == points(sft, count=64, seed=0)
    torch.manual_seed(0)
    untrained = GPT(GPTConfig(**TINY))
    assert points(untrained, count=256, seed=0) < points(sft, count=256, seed=0)
