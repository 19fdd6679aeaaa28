"""What keeps the residual stream at a scale that layers can read?

LayerNorm (arXiv:1607.06450) centres and scales each vector; RMSNorm (arXiv:1910.07467) only scales it, which does as
well and costs less. Both stand before their sub-layer (pre-norm, arXiv:2002.04745).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.gpt.config import GPTConfig


class RMSNorm(nn.Module):
    """`x / sqrt(mean(x²) + eps) · weight`, over the last dimension, computed in float32 as published models do."""

    def __init__(self, *, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, states: Tensor) -> Tensor:
        """(…, width) to (…, width)."""
        wide = states.float()
        scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        return self.weight * scaled.to(states.dtype)


def make_norm(config: GPTConfig) -> nn.Module:
    """The norm that `config.norm` names, over `config.hidden_size`."""
    if config.norm == "rms":
        return RMSNorm(width=config.hidden_size, eps=config.norm_eps)
    return nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
