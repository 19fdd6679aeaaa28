"""Qwen2 (arXiv:2407.10671): Llama with biases of queries, keys and values, and a sliding window in its last layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.gpt.config import LAYER_TYPES, GPTConfig
from core.gpt.families.family import Family, needs
from core.gpt.families.rotary_family import read_rotary, same_place, write_rotary


def _read(values: Mapping[str, Any]) -> GPTConfig:
    given = dict(values)
    given.setdefault("num_key_value_heads", 32)
    window = values.get("sliding_window", 4096) if values.get("use_sliding_window", False) else None
    first = values.get("max_window_layers", 28)
    types = values.get("layer_types")
    if types is None and window is not None:
        types = [LAYER_TYPES[layer >= first] for layer in range(values.get("num_hidden_layers", 0))]
    sliding = {} if window is None else {"sliding_window": window, "layer_types": types}
    return read_rotary(given, context=32_768, qkv_bias=True, **sliding)


def _write(config: GPTConfig) -> dict[str, Any]:
    derived = config.hidden_size // config.num_attention_heads
    needs(config, qkv_bias=True, output_bias=False, mlp_bias=False, head_dim=derived)
    return write_rotary(config) | {
        "use_sliding_window": config.sliding_window is not None,
        "sliding_window": config.sliding_window,
        "layer_types": config.layer_types,
    }


FAMILY = Family(
    id="qwen2",
    architecture="Qwen2ForCausalLM",
    prefix="model.",
    read=_read,
    write=_write,
    place=same_place,
    surplus=("rotary_emb.inv_freq",),
)
