"""How does attention, which is blind to order, learn where a token stands?

Rotary positions (arXiv:2104.09864) turn queries and keys by an angle that grows with the position, so that their dot
product depends on the distance alone. Learned positions (GPT-1, GPT-2) add one trained vector a position.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.gpt.stretch import Rotary, stretched

Rotation = tuple[Tensor, Tensor]


class RotaryPositions(nn.Module):
    """Cosines and sines of the angles of every position.

    It keeps no buffer: angles are computed on the fly in float32, so that neither a half-precision model nor loading on
    the meta device can spoil them.
    """

    def __init__(self, *, head_dim: int, theta: float, context: int, stretch: Mapping[str, Any] | None = None) -> None:
        """
        :param context: how many tokens the model was made for.
        :param stretch: see `core.gpt.stretch`.
        """
        super().__init__()
        self.head_dim = head_dim
        self.theta = theta
        self.context = context
        self.stretch = stretch

    def forward(self, position_ids: Tensor, dtype: torch.dtype) -> Rotation:
        """
        :param position_ids: (batch or 1, time).
        :returns: cosine and sine, each (batch or 1, time, head_dim); the two halves are equal.
        """
        pairs = torch.arange(0, self.head_dim, 2, device=position_ids.device, dtype=torch.float32)  # (head_dim / 2)
        # As published models compute it, to the last bit.
        frequency, loudness = 1.0 / self.theta ** (pairs / self.head_dim), 1.0
        if self.stretch is not None:
            rotary = Rotary(pairs=pairs, head_dim=self.head_dim, theta=self.theta, context=self.context)
            frequency, loudness = stretched(self.stretch, frequency, rotary, position_ids)
        angle = position_ids[..., None].float() * frequency  # (batch, time, head_dim / 2)
        angle = torch.cat((angle, angle), dim=-1)
        return (angle.cos() * loudness).to(dtype), (angle.sin() * loudness).to(dtype)


def rotate(states: Tensor, rotation: Rotation) -> Tensor:
    """Turn pair (i, i + head_dim / 2) of each head by its angle, the pairing that Llama checkpoints use.

    :param states: queries or keys (batch, heads, time, head_dim).
    """
    cosine, sine = (part.unsqueeze(1) for part in rotation)  # (batch, 1, time, head_dim)
    return _Turn.apply(states, cosine, sine)


class _Turn(torch.autograd.Function):
    """`x1 · cos - x2 · sin, x2 · cos + x1 · sin`; its gradient is the turn back. No copy of the halves is made."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """:param states: (batch, heads, time, head_dim). :param cosine, sine: (batch or 1, 1, time, head_dim)."""
        ctx.save_for_backward(cosine, sine)
        return _turn(states, cosine, sine)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        """The angles themselves learn nothing."""
        cosine, sine = ctx.saved_tensors
        return _turn(upstream, cosine, -sine), None, None


def _turn(states: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    turned = states * cosine
    half = states.shape[-1] // 2
    turned[..., :half].addcmul_(states[..., half:], sine[..., :half], value=-1)
    turned[..., half:].addcmul_(states[..., :half], sine[..., half:])
    return turned


class LearnedPositions(nn.Embedding):
    """One trained vector a position; there is none beyond the trained context."""

    def forward(self, position_ids: Tensor) -> Tensor:
        """
        :param position_ids: (batch or 1, time).
        :returns: (batch or 1, time, hidden_size).
        :raises ValueError: a position beyond the context (on a GPU the check would stall, and CUDA reports it).
        """
        on_cpu = position_ids.device.type == "cpu" and not torch.compiler.is_compiling()
        if on_cpu and (last := int(position_ids.max())) >= self.num_embeddings:
            raise ValueError(
                f"position {last} lies beyond the {self.num_embeddings} learned positions; "
                f"shorten the text or train with a larger max_position_embeddings"
            )
        return super().forward(position_ids)
