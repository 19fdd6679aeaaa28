"""How does a model with rotary positions read further than it was trained to?

Its angles are made to grow more slowly: all of them alike (`linear`, position interpolation, arXiv:2306.15595), more
the longer the text is (`dynamic`, the NTK-aware base, in arXiv:2309.00071 section 3), or only the slow ones, which
never came around once in training (`yarn`, arXiv:2309.00071; `llama3`, arXiv:2407.21783).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# What each may be told beside `type`; those of the first row must be there.
STRETCHES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "linear": (("factor",), ()),
    "dynamic": (("factor",), ()),
    "yarn": (
        ("factor", "original_context"),
        ("attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate"),
    ),
    "llama3": (("factor", "low_freq_factor", "high_freq_factor", "original_context"), ()),
}


@dataclass(frozen=True, kw_only=True)
class Rotary:
    """What a stretch starts from.

    :param pairs: even places of a head (head_dim / 2,), float32.
    :param context: tokens that the model was made for.
    """

    pairs: Tensor
    head_dim: int
    theta: float
    context: int


def check_stretch(stretch: Mapping[str, Any]) -> None:
    """:raises ValueError: an unknown kind, or something missing, unknown or below 1 in it."""
    kind = stretch.get("type")
    if kind not in STRETCHES:
        raise ValueError(f"rope_stretch type {kind!r} is unknown; choose one of {', '.join(STRETCHES)}")
    needed, allowed = STRETCHES[kind]
    if missing := [name for name in needed if not isinstance(stretch.get(name), int | float)]:
        raise ValueError(f"rope_stretch {kind} needs {', '.join(missing)} as a number")
    if unknown := sorted(set(stretch) - {"type", *needed, *allowed}):
        raise ValueError(
            f"rope_stretch {kind} does not know {', '.join(unknown)}; it takes {', '.join(needed + allowed)}"
        )
    if stretch["factor"] < 1:
        raise ValueError(f"rope_stretch factor {stretch['factor']} would shorten the context; choose 1 or more")


def stretched(
    stretch: Mapping[str, Any], frequency: Tensor, rotary: Rotary, position_ids: Tensor
) -> tuple[Tensor, float]:
    """The frequencies (head_dim / 2,), stretched, and what cosine and sine are multiplied by.

    :param position_ids: (batch or 1, time): `dynamic` looks at the longest.
    """
    kind, factor = stretch["type"], stretch["factor"]
    if kind == "linear":
        return frequency / factor, 1.0
    if kind == "dynamic":
        return _dynamic(factor, rotary, position_ids), 1.0
    if kind == "llama3":
        return _llama3(stretch, frequency), 1.0
    return _yarn(stretch, rotary), _loudness(stretch)


def _dynamic(factor: float, rotary: Rotary, position_ids: Tensor) -> Tensor:
    length = torch.clamp(position_ids.max() + 1, min=rotary.context)
    size = rotary.head_dim
    base = rotary.theta * ((factor * length / rotary.context) - (factor - 1)) ** (size / (size - 2))
    return 1.0 / base ** (rotary.pairs / size)


def _llama3(stretch: Mapping[str, Any], frequency: Tensor) -> Tensor:
    factor, low, high = (stretch[name] for name in ("factor", "low_freq_factor", "high_freq_factor"))
    wavelength = 2 * math.pi / frequency
    longest, shortest = stretch["original_context"] / low, stretch["original_context"] / high
    slow = torch.where(wavelength > longest, frequency / factor, frequency)
    share = (stretch["original_context"] / wavelength - low) / (high - low)
    between = (1 - share) * slow / factor + share * slow
    return torch.where((wavelength >= shortest) & (wavelength <= longest), between, slow)


def _yarn(stretch: Mapping[str, Any], rotary: Rotary) -> Tensor:
    size, theta = rotary.head_dim, rotary.theta

    def place(turns: float) -> float:
        """The pair that turns so often within the trained context."""
        return (size * math.log(stretch["original_context"] / (turns * 2 * math.pi))) / (2 * math.log(theta))

    low, high = place(stretch.get("beta_fast") or 32), place(stretch.get("beta_slow") or 1)
    if stretch.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, size - 1)
    if low == high:
        high += 0.001
    steps = torch.arange(size // 2, dtype=torch.float32, device=rotary.pairs.device)
    kept = 1 - torch.clamp((steps - low) / (high - low), 0, 1)
    power = theta ** (rotary.pairs / size)
    return (1.0 / (stretch["factor"] * power)) * (1 - kept) + (1.0 / power) * kept


def _loudness(stretch: Mapping[str, Any]) -> float:
    """Attention gets sharper with the length (arXiv:2309.00071, equation 15)."""
    if stretch.get("attention_factor") is not None:
        return float(stretch["attention_factor"])

    def of(scale: float, strength: float = 1.0) -> float:
        return 1.0 if scale <= 1 else 0.1 * strength * math.log(scale) + 1.0

    strength, of_all = stretch.get("mscale"), stretch.get("mscale_all_dim")
    if strength and of_all:
        return of(stretch["factor"], strength) / of(stretch["factor"], of_all)
    return of(stretch["factor"])
