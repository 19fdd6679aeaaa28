"""What does a block compute at each position by itself?

A two-layer network: GELU (arXiv:1606.08415, the tanh form of GPT-2), or SwiGLU (arXiv:2002.05202), in which a gate
multiplies what goes up.
"""

from __future__ import annotations

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
        active = F.silu(self.gate_proj(states)) * up if self.gated else F.gelu(up, approximate="tanh")
        return self.down_proj(active)
