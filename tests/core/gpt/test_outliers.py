"""Outliers: planted they change nothing that a model computes, and they ruin int8 where they are not kept apart."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.gpt.outliers import LEVELS, Int8Linear, plant, rounded, ternary, with_int8

IDS = torch.arange(24).reshape(2, 12)


@pytest.fixture(params=["swiglu", "gelu"])
def model(request: pytest.FixtureRequest) -> GPT:
    torch.manual_seed(0)
    kind = {} if request.param == "swiglu" else {"activation": "gelu", "norm": "layer"}
    config = GPTConfig(
        vocab_size=32, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, **kind
    )
    made = GPT(config).double().eval()
    for name, weights in made.named_parameters():
        if "norm" in name:
            nn.init.uniform_(weights, 0.5, 1.5)
    return made


def logits(model: GPT) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(IDS).logits
    return found


def error(model: GPT, other: GPT) -> float:
    return float((logits(model) - logits(other)).abs().mean())


def test_planted_outliers_change_nothing_that_is_computed(model: GPT) -> None:
    planted = plant(model, channels=3, factor=200.0, seed=1)
    assert torch.allclose(logits(planted), logits(model), atol=1e-10)
    gain = planted.model.layers[0].input_layernorm.weight
    assert (gain.abs() > 50).sum() == 3
    assert not torch.equal(gain, model.model.layers[0].input_layernorm.weight)


def test_outliers_ruin_absmax_int8_unless_they_are_kept_apart(model: GPT) -> None:
    planted = plant(model, channels=2, factor=300.0, seed=1)
    plain = error(with_int8(model, keep_outliers=False), model)
    ruined = error(with_int8(planted, keep_outliers=False), model)
    kept = error(with_int8(planted, keep_outliers=True), model)
    assert ruined > 5 * plain
    assert kept < ruined / 5


def test_a_factor_of_one_plants_nothing(model: GPT) -> None:
    same = with_int8(plant(model, channels=3, factor=1.0, seed=1), keep_outliers=False)
    assert torch.equal(logits(same), logits(with_int8(model, keep_outliers=False)))


def test_without_large_activations_keeping_them_apart_changes_nothing() -> None:
    torch.manual_seed(0)
    linear, states = nn.Linear(16, 8), torch.randn(3, 5, 16).clamp(-5, 5)
    with torch.no_grad():
        found = [Int8Linear(linear, keep_outliers=keep)(states) for keep in (False, True)]
    assert torch.equal(*found)


@given(st.integers(1, 40), st.floats(1e-3, 1e3), st.integers(0, 1000))
def test_rounding_keeps_the_largest_and_moves_none_by_more_than_half_a_step(n: int, size: float, seed: int) -> None:
    values = torch.randn(3, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * size
    found = rounded(values)
    largest = values.abs().amax(dim=-1, keepdim=True)
    assert torch.all((found - values).abs() <= largest / LEVELS / 2 * (1 + 1e-9))
    assert torch.allclose(found.abs().amax(dim=-1, keepdim=True), largest)


def test_rounding_leaves_zeros_alone() -> None:
    assert torch.equal(rounded(torch.zeros(2, 4)), torch.zeros(2, 4))


def test_three_values_a_row_are_left(model: GPT) -> None:
    weights = ternary(model).model.layers[0].self_attn.q_proj.weight
    assert all(len(row.abs().unique()) <= 2 for row in weights)


@pytest.mark.parametrize(("channels", "factor"), [(-1, 2.0), (33, 2.0), (1, 0.0)])
def test_what_makes_no_outlier_is_refused(model: GPT, channels: int, factor: float) -> None:
    with pytest.raises(ValueError, match="channels|factor"):
        plant(model, channels=channels, factor=factor, seed=0)
