"""Do the norms compute what their papers say, in every precision?"""

from __future__ import annotations

import torch

from core.gpt.config import GPTConfig
from core.gpt.norm import RMSNorm, make_norm


def test_rms_norm_agrees_with_pytorch_in_float64() -> None:
    torch.manual_seed(0)
    norm = RMSNorm(width=24, eps=1e-5).double()
    torch.nn.init.normal_(norm.weight)
    states = torch.randn(3, 24, dtype=torch.float64) * 5
    expected = torch.nn.functional.rms_norm(states, (24,), norm.weight, 1e-5)
    assert torch.allclose(norm(states), expected, atol=1e-12)


def test_the_gradient_written_out_is_the_one_that_autograd_finds() -> None:
    torch.manual_seed(0)
    norm = RMSNorm(width=24, eps=1e-3)
    torch.nn.init.normal_(norm.weight)
    states, upstream = torch.randn(2, 5, 24, requires_grad=True), torch.randn(2, 5, 24)
    plain = norm.weight * states / (states.square().mean(-1, keepdim=True) + 1e-3).sqrt()
    expected = torch.autograd.grad(plain, (states, norm.weight), upstream)
    found = torch.autograd.grad(norm(states), (states, norm.weight), upstream)
    assert all(torch.allclose(one, two, atol=1e-5) for one, two in zip(found, expected, strict=True))


def test_a_half_precision_norm_computes_in_float32() -> None:
    states = torch.full((1, 24), 300.0, dtype=torch.float16)  # its square is beyond float16
    assert torch.allclose(RMSNorm(width=24, eps=1e-5).half()(states), torch.ones(1, 24).half())


def test_the_config_names_the_norm() -> None:
    assert isinstance(make_norm(GPTConfig(norm="rms")), RMSNorm)
    assert isinstance(make_norm(GPTConfig(norm="layer")), torch.nn.LayerNorm)
