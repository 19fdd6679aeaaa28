"""What do a few huge activations do to eight bits? Outliers planted in any model, and int8 arithmetic played out on it.

In language models from some billions of parameters on, a few channels of the states are far larger than the rest
(LLM.int8, arXiv:2208.07339). A small model has none, but can be given them without a change of what it computes: a
norm's gain is multiplied in some channels, and the weights that read those channels are divided by as much
(SmoothQuant, arXiv:2211.10438, goes the other way). Then the rows of activations are rounded to int8 by their largest
value ("absmax"), which such a channel ruins for all others; LLM.int8 leaves the outliers in floats.

The arithmetic is played out: numbers are rounded to what int8 can hold and multiplied in floats, which gives the same
sums. It says what is lost, and nothing about speed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from core.gpt.model import GPT

LEVELS = 127
THRESHOLD = 6.0  # LLM.int8's: what is larger than this is an outlier


@torch.no_grad()
def plant(model: GPT, *, channels: int, factor: float, seed: int) -> GPT:
    """A copy that computes the same with `factor` times larger activations in some channels behind each block's norms.

    :param channels: how many of a norm's channels, drawn anew for each norm.
    :raises ValueError: a number of channels or a factor that makes no sense.
    """
    if not 0 <= channels <= model.config.hidden_size:
        raise ValueError(f"channels {channels} is not between 0 and the width {model.config.hidden_size}")
    if factor <= 0:
        raise ValueError(f"factor {factor} makes no outlier; choose 1 or more")
    fresh = copy.deepcopy(model).eval()
    generator = torch.Generator().manual_seed(seed)
    for norm, readers in _readers(fresh):
        chosen = torch.randperm(model.config.hidden_size, generator=generator)[:channels].to(norm.weight.device)
        norm.weight[chosen] *= factor
        if getattr(norm, "bias", None) is not None:
            norm.bias[chosen] *= factor
        for linear in readers:
            linear.weight[:, chosen] /= factor
    return fresh


def with_int8(model: GPT, *, keep_outliers: bool) -> GPT:
    """A copy whose blocks multiply in int8: a scale for each row of activations and for each row of weights.

    :param keep_outliers: leave columns of activations in floats where one is beyond `THRESHOLD`, as LLM.int8 does.
    """
    fresh = copy.deepcopy(model).eval().requires_grad_(False)
    for name, module in list(fresh.model.layers.named_modules()):
        if isinstance(module, nn.Linear):
            fresh.model.layers.set_submodule(name, Int8Linear(module, keep_outliers=keep_outliers))
    return fresh


class Int8Linear(nn.Module):
    """A linear layer whose inputs and weights are rounded to int8, row by row, before they are multiplied."""

    rounded: Tensor

    def __init__(self, linear: nn.Linear, *, keep_outliers: bool) -> None:
        super().__init__()
        self.linear = linear
        self.keep_outliers = keep_outliers
        self.register_buffer("rounded", rounded(linear.weight.detach()), persistent=False)

    def forward(self, states: Tensor) -> Tensor:
        """:param states: (..., in_features). :returns: (..., out_features)."""
        if not self.keep_outliers:
            return nn.functional.linear(rounded(states), self.rounded, self.linear.bias)
        rows = states.reshape(-1, states.shape[-1])
        large = (rows.abs() > THRESHOLD).any(dim=0)  # (in_features,): the columns that stay in floats
        small = rounded(states.masked_fill(large, 0.0))
        weight = torch.where(large, self.linear.weight, self.rounded)
        return nn.functional.linear(torch.where(large, states, small), weight, self.linear.bias)


def rounded(values: Tensor) -> Tensor:
    """Each row to the nearest of 255 steps between minus and plus its largest value (absmax)."""
    scale = values.abs().amax(dim=-1, keepdim=True).clamp(min=torch.finfo(values.dtype).tiny) / LEVELS
    return (values / scale).round() * scale


@torch.no_grad()
def ternary(model: GPT) -> GPT:
    """A copy whose block weights are rounded to three values a row: minus the largest, zero, the largest."""
    crude = copy.deepcopy(model)
    for weights in crude.model.layers.parameters():
        if weights.ndim == 2:
            largest = weights.abs().amax(dim=1, keepdim=True)
            weights.copy_((weights / largest).round() * largest)
    return crude


def _readers(model: GPT) -> Iterator[tuple[Any, list[nn.Linear]]]:
    """Each norm of a block, and the linear layers that read what it gives."""
    for block in model.model.layers:
        attention, feed_forward = block.self_attn, block.mlp
        yield block.input_layernorm, [attention.q_proj, attention.k_proj, attention.v_proj]
        reading = [getattr(feed_forward, name) for name in ("gate_proj", "up_proj") if hasattr(feed_forward, name)]
        yield block.post_attention_layernorm, reading
