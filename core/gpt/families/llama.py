"""Llama (arXiv:2302.13971) and what follows it: the core's own names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.gpt.config import GPTConfig
from core.gpt.families.family import Family, NotTheCore, needs
from core.gpt.families.rotary_family import read_rotary, same_place, write_rotary


def _read(values: Mapping[str, Any]) -> GPTConfig:
    if values.get("pretraining_tp", 1) not in (None, 1):
        raise NotTheCore(f"pretraining_tp {values['pretraining_tp']} splits its matrices; the core does not")
    bias = bool(values.get("attention_bias", False))
    return read_rotary(
        values, context=2048, qkv_bias=bias, output_bias=bias, mlp_bias=bool(values.get("mlp_bias", False))
    )


def _write(config: GPTConfig) -> dict[str, Any]:
    needs(config, sliding_window=None, output_bias=config.qkv_bias)
    own = {"head_dim": config.head_dim, "attention_bias": config.qkv_bias, "mlp_bias": config.mlp_bias}
    return write_rotary(config) | own


FAMILY = Family(
    id="llama",
    architecture="LlamaForCausalLM",
    prefix="model.",
    read=_read,
    write=_write,
    place=same_place,
    surplus=("rotary_emb.inv_freq",),
)
