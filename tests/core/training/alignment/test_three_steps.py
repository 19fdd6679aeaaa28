"""The pieces between the three steps: pairs of a policy's own answers, a shared reward model, and a look at results."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.checkpoints import FolderCache
from core.text import preferences
from core.training.alignment.reward import proxy
from core.training.alignment.sft import SMALL, Schooling, load_policy, stages
from core.training.alignment.three_steps import (
    Teaching,
    compared,
    imitation_loss,
    learned_reward,
    looked_at,
)

SCHOOLING = Schooling(model=SMALL | {"hidden_size": 16, "intermediate_size": 32}, base_steps=20, steps=4, rows=16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return list(stages(FolderCache(tmp_path_factory.mktemp("sft")), SCHOOLING))[-1].folder


def teaching(folder: Path, *, shuffled: bool = False) -> Teaching:
    return Teaching(policy=folder, pairs=640, rate=3e-3, shuffled=shuffled, seed=3, device="cpu")


def test_pairs_are_of_the_policys_own_answers_to_the_right_prompts(folder: Path) -> None:
    policy = load_policy(folder)
    known, held = compared(policy, 64, seed=1), compared(policy, 64, seed=1, held=True)
    assert known.chosen.shape == (64, preferences.LENGTH)
    sets = [{frozenset(row) for row in pairs.prompts.tolist()} for pairs in (known, held)]
    assert not sets[0] & sets[1]
    better = (
        preferences.gold(known.prompts, known.chosen).mean() - preferences.gold(known.prompts, known.rejected).mean()
    )
    assert better > 0


def test_a_reward_model_is_made_once_and_found_with_its_curve(folder: Path, tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    model, curve = learned_reward(cache, teaching(folder))
    again, curve_again = learned_reward(cache, teaching(folder))
    assert curve == curve_again
    assert torch.equal(model.score.weight, again.score.weight)
    assert model.config.reward_mean == again.config.reward_mean != 0.0
    assert [seen for seen, _right in curve][0] == 0
    assert curve[-1][0] == 640
    assert curve[-1][1] > 0.55  # the tone of letters is learned first
    _model, guessed = learned_reward(cache, teaching(folder, shuffled=True))
    assert abs(guessed[-1][1] - 0.5) < 0.08


def test_a_policy_is_at_no_distance_from_itself_and_gold_is_its_answers_own(folder: Path, tmp_path: Path) -> None:
    policy = load_policy(folder)
    model, _curve = learned_reward(FolderCache(tmp_path), teaching(folder))
    look = looked_at(policy, policy, proxy(model), count=64, seed=4)
    assert look.kl == pytest.approx(0.0, abs=1e-6)
    prompts, answers = look.ids.split([preferences.PROMPT, preferences.LENGTH], dim=1)
    assert look.gold == pytest.approx(preferences.gold(prompts, answers).mean().item())
    assert look.proxy == pytest.approx(proxy(model)(prompts, answers).mean().item(), abs=1e-5)
    assert 1.0 < look.entropy < 2.8
    assert 1.5 < imitation_loss(policy, rows=64, seed=5, care=4) < 2.9
