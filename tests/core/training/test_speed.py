"""Do the models take turns, at the same tokens, with real steps?"""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.training.speed import interleaved_training

HOW = {"batch": 2, "time": 12, "vocabulary": 40, "bfloat16": False, "device": "cpu", "seed": 1}


def ours() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=40, hidden_size=32, num_hidden_layers=1))


def theirs() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(vocab_size=40, n_embd=32, n_layer=1, n_head=2, n_positions=16, use_cache=False))


def test_each_model_has_a_speed_a_round_and_learned_from_the_same_tokens() -> None:
    models = {"ours": ours(), "again": ours(), "theirs": theirs()}
    seen: dict[str, list[torch.Tensor]] = {name: [] for name in models}
    order: list[str] = []
    for name, model in models.items():

        def look(_: object, __: tuple, given: dict, name: str = name) -> None:
            order.append(name)
            seen[name].append(given["input_ids"])

        model.register_forward_pre_hook(look, with_kwargs=True)
    found = interleaved_training(models, rounds=6, **HOW)

    assert {name: len(speeds) for name, speeds in found.items()} == {"ours": 6, "again": 6, "theirs": 6}
    assert all(speed > 0 for speeds in found.values() for speed in speeds)
    for name in models:
        assert torch.equal(torch.stack(seen[name]), torch.stack(seen["ours"]))
    turns = [order[-3 * number :][:3] for number in range(6, 0, -1)]
    assert all(set(turn) == set(models) for turn in turns), "one turn each a round"
    assert len({tuple(turn) for turn in turns}) > 1, "in an order that changes"
    same = zip(models["ours"].parameters(), models["again"].parameters(), strict=True)
    assert all(torch.equal(one, two) for one, two in same)
    assert not torch.equal(models["ours"].lm_head.weight, ours().lm_head.weight)


def test_nothing_to_measure_is_named() -> None:
    with pytest.raises(ValueError, match="0 models, 3 rounds"):
        interleaved_training({}, rounds=3, **HOW)
    with pytest.raises(ValueError, match="1 models, 0 rounds"):
        interleaved_training({"ours": ours()}, rounds=0, **HOW)
