"""Which formats can a model be had in here? All of `core.gpt.quantize`, and the reasons for those that are missing.

Importing this module costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core.language import Text

if TYPE_CHECKING:
    from core.gpt.model import GPT
    from core.gpt.quantize import Quantized

ARMS = ("fp32", "bf16", "int8", "int4", "nf4")
QUANTIZED = ("int8", "int4", "nf4")
CRUDE = "ternary"
# Millions of parameters to width, layers and heads, with a vocabulary of 2,048.
SHAPES = {1: (128, 4, 4), 8: (256, 10, 4), 30: (512, 9, 8), 60: (640, 12, 10), 125: (768, 17, 12)}

Formats = tuple[dict[str, "Quantized"], dict[str, dict[str, str]]]


def in_all_formats(model: GPT, *, null: bool) -> Formats:
    """The model in each format that can be had here, and why the others cannot."""
    from core.gpt.quantize import Unavailable, quantize

    formats, missing = {}, {}
    for arm in ARMS:
        try:
            formats[arm] = quantize(model, "fp32" if null and arm in QUANTIZED else arm)
        except Unavailable as error:
            missing[arm] = Text(error.reason).as_dict()
    return formats, missing


@cache
def random_model(size: int, device: str, null: bool) -> Formats:
    """Made once a process: replicates time the same models again."""
    import torch

    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT

    width, layers, heads = SHAPES[size]
    torch.manual_seed(size)
    with torch.device(device):
        model = GPT(GPTConfig(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads)).eval()
    return in_all_formats(model, null=null)


@dataclass(frozen=True, kw_only=True)
class House:
    """The house model in each format and rounded to three values; and the bytes of each format's blocks."""

    models: dict[str, GPT]
    block_bytes: dict[str, int]


@cache
def house_model(name: str, device: str, null: bool) -> House:
    from core.gpt import load
    from core.gpt.outliers import ternary
    from core.gpt.quantize import stored_bytes

    model = load(name, device=device)
    formats, _missing = in_all_formats(model, null=null)
    return House(
        models={arm: found.model for arm, found in formats.items()} | {CRUDE: ternary(model)},
        # Counted at once: some kernels repack the weights when they are first used.
        block_bytes={arm: stored_bytes(found.model.model.layers) for arm, found in formats.items()},
    )
