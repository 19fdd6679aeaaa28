"""Does the feed-forward network compute what its papers say, forwards and backwards?"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from core.gpt.config import GPTConfig
from core.gpt.feed_forward import FeedForward


def made(activation: str) -> FeedForward:
    torch.manual_seed(0)
    return FeedForward(GPTConfig(hidden_size=6, intermediate_size=10, num_attention_heads=1, activation=activation))


def test_a_gate_multiplies_what_goes_up() -> None:
    network = made("swiglu").double()
    states = torch.randn(2, 3, 6, dtype=torch.float64)
    expected = network.down_proj(F.silu(network.gate_proj(states)) * network.up_proj(states))
    assert torch.allclose(network(states), expected, atol=1e-15)


@pytest.mark.parametrize("activation", ["swiglu", "gelu"])
def test_the_gradient_is_the_slope(activation: str) -> None:
    network = made(activation).double()
    states = torch.randn(2, 3, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(network, states)
