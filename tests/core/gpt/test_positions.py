"""Do positions say how far apart two tokens are, and where the trained context ends?"""

from __future__ import annotations

import pytest
import torch

from core.gpt.positions import LearnedPositions, RotaryPositions, rotate


def test_a_rotated_product_depends_on_the_distance_alone() -> None:
    torch.manual_seed(0)
    query, key = torch.randn(2, 1, 1, 1, 16, dtype=torch.float64)
    rotary = RotaryPositions(head_dim=16, theta=100.0, context=64)

    def product(query_at: int, key_at: int) -> float:
        places = [rotary(torch.tensor([[place]]), torch.float64) for place in (query_at, key_at)]
        return (rotate(query, places[0]) * rotate(key, places[1])).sum().item()

    assert product(7, 3) == pytest.approx(product(107, 103), abs=1e-4)
    assert product(7, 3) != pytest.approx(product(8, 3), abs=1e-2)
    assert product(5, 5) == pytest.approx((query * key).sum().item())


def test_turning_keeps_the_length() -> None:
    states = torch.randn(2, 3, 5, 8)
    turned = rotate(
        states, RotaryPositions(head_dim=8, theta=10000.0, context=64)(torch.arange(5)[None], torch.float32)
    )
    assert torch.allclose(turned.norm(dim=-1), states.norm(dim=-1), atol=1e-5)
    assert torch.equal(turned[:, :, 0], states[:, :, 0])


def test_the_gradient_is_the_turn_back() -> None:
    torch.manual_seed(0)
    states = torch.randn(2, 3, 5, 8, dtype=torch.float64, requires_grad=True)
    rotation = RotaryPositions(head_dim=8, theta=10.0, context=64)(torch.arange(5)[None] + 2, torch.float64)
    assert torch.autograd.gradcheck(lambda given: rotate(given, rotation), states)
    back = torch.autograd.grad(rotate(states, rotation), states, rotate(states, rotation).detach())[0]
    assert torch.allclose(back, states, atol=1e-6)


def test_a_position_beyond_the_learned_ones_is_named() -> None:
    with pytest.raises(ValueError, match="position 8 lies beyond the 8 learned positions"):
        LearnedPositions(8, 4)(torch.arange(9)[None])
