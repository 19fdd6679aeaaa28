"""GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019).

Its checkpoints keep queries, keys and values in one matrix, and all matrices as (in, out).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.gpt.config import GPTConfig
from core.gpt.families.family import Family, NotTheCore, Place, needs, only

_CONFIG = {
    "vocab_size": "vocab_size",
    "n_embd": "hidden_size",
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_positions": "max_position_embeddings",
}
_SPECIAL = ("bos_token_id", "eos_token_id", "pad_token_id", "use_cache", "initializer_range")
_DROPOUTS = ("resid_pdrop", "embd_pdrop", "attn_pdrop")
_TANH = {"gelu_new": True, "gelu_pytorch_tanh": True, "gelu_fast": True}
_OUTER = {
    "model.embed_tokens.weight": "wte.weight",
    "model.embed_positions.weight": "wpe.weight",
    "model.norm": "ln_f",
    "lm_head": "lm_head",
}
_INNER = {
    "input_layernorm": "ln_1",
    "post_attention_layernorm": "ln_2",
    "self_attn.q_proj": "attn.c_attn",
    "self_attn.k_proj": "attn.c_attn",
    "self_attn.v_proj": "attn.c_attn",
    "self_attn.o_proj": "attn.c_proj",
    "mlp.up_proj": "mlp.c_fc",
    "mlp.down_proj": "mlp.c_proj",
}
_PARTS = {"self_attn.q_proj": 0, "self_attn.k_proj": 1, "self_attn.v_proj": 2}


def _read(values: Mapping[str, Any]) -> GPTConfig:
    only(values, "activation_function", _TANH, "gelu_new")
    for name, wanted in (
        ("scale_attn_weights", True),
        ("scale_attn_by_inverse_layer_idx", False),
        ("add_cross_attention", False),
    ):
        only(values, name, {wanted: wanted}, wanted)
    if missing := [name for name in _CONFIG if name not in values]:
        raise NotTheCore(f"{missing[0]} is missing")
    dropouts = {values.get(name, 0.1) for name in _DROPOUTS}
    return GPTConfig(
        **{mine: values[name] for name, mine in _CONFIG.items()},
        **{name: values[name] for name in _SPECIAL if values.get(name) is not None},
        intermediate_size=values.get("n_inner") or 4 * values["n_embd"],
        position="learned",
        norm="layer",
        norm_eps=values.get("layer_norm_epsilon", 1e-5),
        activation="gelu",
        qkv_bias=True,
        output_bias=True,
        mlp_bias=True,
        tie_word_embeddings=values.get("tie_word_embeddings", True),
        # The core has one; where a model has three different ones it is left to who trains it on.
        dropout=dropouts.pop() if len(dropouts) == 1 else 0.0,
    )


def _write(config: GPTConfig) -> dict[str, Any]:
    needs(
        config,
        position="learned",
        norm="layer",
        activation="gelu",
        causal=True,
        sliding_window=None,
        qkv_bias=True,
        output_bias=True,
        mlp_bias=True,
        num_key_value_heads=config.num_attention_heads,
        head_dim=config.hidden_size // config.num_attention_heads,
    )
    return (
        {name: getattr(config, mine) for name, mine in _CONFIG.items()}
        | {name: getattr(config, name) for name in _SPECIAL}
        | dict.fromkeys(_DROPOUTS, config.dropout)
        | {
            "n_inner": config.intermediate_size,
            "layer_norm_epsilon": config.norm_eps,
            "activation_function": "gelu_new",
            "tie_word_embeddings": config.tie_word_embeddings,
        }
    )


def _place(name: str) -> Place:
    for mine, theirs in _OUTER.items():
        if name.startswith(mine):
            return Place(name=theirs + name[len(mine) :])
    layer, part, kind = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)", name).groups()  # type: ignore[union-attr]
    return Place(
        name=f"h.{layer}.{_INNER[part]}.{kind}",
        transposed=kind == "weight" and "norm" not in part,
        part=_PARTS.get(part, 0),
        parts=3 if part in _PARTS else 1,
    )


FAMILY = Family(
    id="gpt2",
    architecture="GPT2LMHeadModel",
    prefix="transformer.",
    read=_read,
    write=_write,
    place=_place,
    surplus=(".attn.bias", ".attn.masked_bias"),
)
