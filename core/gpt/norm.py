"""What keeps the residual stream at a scale that layers can read?

LayerNorm (arXiv:1607.06450) centres and scales each vector; RMSNorm (arXiv:1910.07467) only scales it, which does as
well and costs less. Both stand before their sub-layer (pre-norm, arXiv:2002.04745).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.gpt.config import GPTConfig


class RMSNorm(nn.Module):
    """`x / sqrt(mean(x²) + eps) · weight`, over the last dimension, computed in float32 as published models do."""

    def __init__(self, *, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, states: Tensor) -> Tensor:
        """(…, width) to (…, width)."""
        if states.is_cuda:
            return F.rms_norm(states, self.weight.shape, self.weight, self.eps)  # one kernel, which a CPU has not
        return _RMSNorm.apply(states, self.weight, self.eps)


class _RMSNorm(torch.autograd.Function):
    """RMSNorm with its gradient written out, which goes over the states in half as many passes as autograd would."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, eps: float) -> Tensor:
        """:param states: (…, width). :param weight: (width,)."""
        wide = states.float()
        inverse = torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)  # (…, 1)
        ctx.save_for_backward(wide, inverse, weight)
        return weight * (wide * inverse).to(states.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None]:
        """With x̂ = x / rms: `(w · g - x̂ · mean(w · g · x̂)) / rms` for the states, the sum of `g · x̂` for the weight."""
        wide, inverse, weight = ctx.saved_tensors
        product = upstream * wide
        for_weight = (product * inverse).flatten(0, -2).sum(0)
        share = (product @ weight.to(product.dtype)).unsqueeze(-1) * inverse.pow(3) / wide.shape[-1]  # (…, 1)
        return (upstream * weight * inverse).addcmul_(wide, share, value=-1), for_weight, None


def make_norm(config: GPTConfig) -> nn.Module:
    """The norm that `config.norm` names, over `config.hidden_size`."""
    if config.norm == "rms":
        return RMSNorm(width=config.hidden_size, eps=config.norm_eps)
    return nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
