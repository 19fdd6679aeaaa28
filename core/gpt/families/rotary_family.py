"""What do Llama, Mistral and Qwen2 share? Rotary positions, RMSNorm, SwiGLU, and the names of their tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.gpt.config import GPTConfig
from core.gpt.families.family import NotTheCore, Place, needs, only

_SAME = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
_SPECIAL = ("bos_token_id", "eos_token_id", "pad_token_id", "use_cache", "initializer_range")
# A stretch in config.json and in the core.
_STRETCH = {"original_max_position_embeddings": "original_context"}
_PLAIN = ("type", "rope_type", "rope_theta", "partial_rotary_factor")


def read_rotary(values: Mapping[str, Any], *, context: int, tied: bool = False, **own: Any) -> GPTConfig:
    """The core's config from what these families say alike.

    :param context, tied: the family's defaults.
    :param own: what the family says in its own way.
    :raises NotTheCore: another activation, or positions of a kind that the core does not have.
    """
    only(values, "hidden_act", {"silu": True, "swish": True}, "silu")
    rope = values.get("rope_parameters") or values.get("rope_scaling") or {}
    if rope.get("partial_rotary_factor", 1.0) != 1.0 or values.get("partial_rotary_factor", 1.0) != 1.0:
        raise NotTheCore("partial_rotary_factor turns only a part of each head; the core turns all of it")
    missing = [name for name in _SAME if name not in values]
    if missing:
        raise NotTheCore(f"{missing[0]} is missing")
    optional = ("num_key_value_heads", "head_dim")
    return GPTConfig(
        **{name: values[name] for name in _SAME},
        **{name: values[name] for name in _SPECIAL if values.get(name) is not None},
        **{name: values[name] for name in optional if values.get(name) is not None},
        max_position_embeddings=values.get("max_position_embeddings", context),
        rope_theta=float(rope.get("rope_theta", values.get("rope_theta", 10_000.0))),
        rope_stretch=_stretch(rope),
        norm_eps=values.get("rms_norm_eps", 1e-6),
        tie_word_embeddings=values.get("tie_word_embeddings", tied),
        **own,
    )


def _stretch(rope: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return None
    found = {
        _STRETCH.get(name, name): value for name, value in rope.items() if name not in _PLAIN and value is not None
    }
    if kind in ("linear", "dynamic"):
        found.pop("original_context", None)
    return {"type": kind} | found


def write_rotary(config: GPTConfig) -> dict[str, Any]:
    """What these families say alike of the core's config.

    :raises NotTheCore: it is of another kind.
    """
    needs(config, position="rotary", norm="rms", activation="swiglu", causal=True)
    back = {mine: theirs for theirs, mine in _STRETCH.items()}
    stretch = {back.get(name, name): value for name, value in (config.rope_stretch or {}).items() if name != "type"}
    kind = (config.rope_stretch or {}).get("type", "default")
    return {name: getattr(config, name) for name in (*_SAME, *_SPECIAL)} | {
        "num_key_value_heads": config.num_key_value_heads,
        "max_position_embeddings": config.max_position_embeddings,
        "rope_parameters": {"rope_type": kind, "rope_theta": config.rope_theta, **stretch},
        "rms_norm_eps": config.norm_eps,
        "tie_word_embeddings": config.tie_word_embeddings,
        "hidden_act": "silu",
        "attention_dropout": config.dropout,
    }


def same_place(name: str) -> Place:
    """Llama's names are the core's."""
    return Place(name=name.removeprefix("model."))
