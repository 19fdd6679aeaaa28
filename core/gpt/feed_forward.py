"""What does a block compute at each position by itself?

A two-layer network: GELU (arXiv:1606.08415, the tanh form of GPT-2), or SwiGLU (arXiv:2002.05202), in which a gate
multiplies what goes up.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.gpt.config import GPTConfig


class FeedForward(nn.Module):
    """`down(gelu(up(x)))`, or `down(silu(gate(x)) · up(x))`."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        wide, inner = config.hidden_size, config.intermediate_size
        self.gated = config.activation == "swiglu"
        if self.gated:
            self.gate_proj = nn.Linear(wide, inner, bias=config.mlp_bias)
        self.up_proj = nn.Linear(wide, inner, bias=config.mlp_bias)
        self.down_proj = nn.Linear(inner, wide, bias=config.mlp_bias)

    def forward(self, states: Tensor) -> Tensor:
        """(batch, time, hidden_size) to the same."""
        up = self.up_proj(states)  # (batch, time, intermediate_size)
        active = _SwiGLU.apply(self.gate_proj(states), up) if self.gated else F.gelu(up, approximate="tanh")
        return self.down_proj(active)


class _SwiGLU(torch.autograd.Function):
    """`silu(gate) · up`, which keeps two large tensors for its gradient where autograd keeps three."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        """:param gate, up: (…, intermediate_size)."""
        ctx.save_for_backward(gate, up)
        return F.silu(gate).mul_(up)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor]:
        """silu(gate) is computed again, which costs less than the memory it would wait in."""
        gate, up = ctx.saved_tensors
        return torch.ops.aten.silu_backward(upstream * up, gate), F.silu(gate).mul_(upstream)
