"""Mistral (arXiv:2310.06825): Llama with a sliding window in all layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.gpt.config import LAYER_TYPES, GPTConfig
from core.gpt.families.family import Family, needs
from core.gpt.families.rotary_family import read_rotary, same_place, write_rotary


def _read(values: Mapping[str, Any]) -> GPTConfig:
    given = dict(values)
    given.setdefault("num_key_value_heads", 8)
    return read_rotary(given, context=4096 * 32, sliding_window=values.get("sliding_window", 4096))


def _write(config: GPTConfig) -> dict[str, Any]:
    alike = [LAYER_TYPES[config.sliding_window is not None]] * config.num_hidden_layers
    needs(config, qkv_bias=False, output_bias=False, mlp_bias=False, layer_types=alike)
    return write_rotary(config) | {"head_dim": config.head_dim, "sliding_window": config.sliding_window}


FAMILY = Family(
    id="mistral",
    architecture="MistralForCausalLM",
    prefix="model.",
    read=_read,
    write=_write,
    place=same_place,
    surplus=("rotary_emb.inv_freq",),
)
