"""What does a model cost when its weights have fewer bits? Bytes stored, and bytes read for every token it writes.

A decoder at batch 1 reads all its weights for each token, so that memory bandwidth bounds its speed; fewer bytes are
faster only where the backend unpacks them at no great cost. int8 and int4 are torchao's weight-only formats, nf4 is
bitsandbytes' 4-bit NormalFloat with double quantization (QLoRA, arXiv:2305.14314). The linear layers inside the blocks
are quantized (compare LLM.int8, arXiv:2208.07339, and GPTQ, arXiv:2210.17323); embeddings, head and norms are not.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from core.gpt.config import GPTConfig
from core.gpt.model import GPT

METHODS = ("fp32", "bf16", "int8", "int4", "nf4")
GROUP_SIZES = (32, 64, 128)


class Unavailable(RuntimeError):
    """A format that cannot be had here: its library or device is missing. The text says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """A model in another format; the one it was made from is untouched.

    :param model: ready to run, in evaluation mode.
    :param method: one of `METHODS`.
    :param backend: whose kernels run it, with version.
    :param stored_bytes: of all weights, a tied matrix once, scales and zero points included.
    :param bytes_per_token: read from memory for one token at batch 1, the cache of keys and values aside.
    """

    model: GPT
    method: str
    backend: str
    stored_bytes: int
    bytes_per_token: int


def quantize(model: GPT, method: str, *, group_size: int = 64, dtype: torch.dtype = torch.bfloat16) -> Quantized:
    """A copy of `model` on its device, in the format `method`.

    :param method: "fp32", "bf16", "int8" (a scale a row), "int4" (scale and zero a group), "nf4" (blocks of 64).
    :param group_size: for int4: how many weights of a row share a scale.
    :param dtype: of activations and of what is not quantized, for int8, int4 and nf4.
    :raises Unavailable: the library or the device for it is missing.
    :raises ValueError: an unknown method, or rows that do not divide into groups.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)}")
    if method == "int4":
        _check_groups(model, group_size)
    kept = {"fp32": torch.float32, "bf16": torch.bfloat16}.get(method, dtype)
    fresh = copy.deepcopy(model).eval().requires_grad_(False).to(kept)
    if method == "int8":
        backend = _int8(fresh)
    elif method == "int4":
        backend = _int4(fresh, group_size)
    elif method == "nf4":
        backend = _nf4(fresh, dtype)
    else:
        backend = f"torch {torch.__version__}"
    return Quantized(
        model=fresh,
        method=method,
        backend=backend,
        stored_bytes=stored_bytes(fresh),
        bytes_per_token=bytes_per_token(fresh),
    )


def stored_bytes(model: nn.Module) -> int:
    """Bytes of all weights and buffers, shared ones once, with what quantized tensors carry inside."""
    return sum(_tensor_bytes(tensor) for tensor in [*model.parameters(), *model.buffers()])


def bytes_per_token(model: GPT) -> int:
    """Bytes of weights read for one token at batch 1: all of them, but of a table that is only looked up, one row."""
    total = stored_bytes(model)
    tables = [model.model.embed_positions] if model.config.position == "learned" else []
    if model.lm_head.weight is not model.model.embed_tokens.weight:
        tables.append(model.model.embed_tokens)
    for table in tables:
        total -= _tensor_bytes(table.weight) // table.num_embeddings * (table.num_embeddings - 1)
    return total


def cache_bytes(config: GPTConfig, *, tokens: int, dtype: torch.dtype) -> int:
    """Bytes of keys and values for `tokens` tokens of one sequence; each new token reads them all."""
    kept = tokens if config.sliding_window is None else min(tokens, config.sliding_window)
    return 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * kept * dtype.itemsize


def _tensor_bytes(tensor: Any) -> int:
    state = getattr(tensor, "quant_state", None)
    if state is not None:  # bitsandbytes keeps scales beside the packed weights
        inner = [tensor.data, state.absmax, state.code, state.offset]
        inner += [state.state2.absmax, state.state2.code] if state.nested else []
        return sum(part.numel() * part.element_size() for part in inner if part is not None)
    if hasattr(tensor, "__tensor_flatten__"):  # torchao packs several tensors into one
        names, _ = tensor.__tensor_flatten__()
        return sum(_tensor_bytes(getattr(tensor, name)) for name in names)
    return int(tensor.numel() * tensor.element_size())


def _linears(model: GPT) -> dict[str, nn.Linear]:
    """The linear layers inside the blocks, by full name."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("model.layers.")
    }


def _check_groups(model: GPT, group_size: int) -> None:
    if group_size not in GROUP_SIZES:
        raise ValueError(f"group_size {group_size} has no kernel; choose one of {', '.join(map(str, GROUP_SIZES))}")
    for name, linear in _linears(model).items():
        if linear.in_features % group_size:
            raise ValueError(
                f"{name} has rows of {linear.in_features} weights, which do not divide into groups of {group_size}; "
                f"choose another group_size or a width that is a multiple"
            )


def _torchao(model: GPT, config: Any) -> str:
    import torchao
    from torchao.quantization import quantize_

    names = set(_linears(model))
    quantize_(model, config, filter_fn=lambda _module, name: name in names)
    return f"torchao {torchao.__version__}"


def _int8(model: GPT) -> str:
    try:
        from torchao.quantization import Int8WeightOnlyConfig
    except ImportError as error:
        raise Unavailable(f"int8 needs torchao ({error})") from error
    return _torchao(model, Int8WeightOnlyConfig(set_inductor_config=False))


def _int4(model: GPT, group_size: int) -> str:
    if model.device.type != "cpu":
        raise Unavailable(f"int4 weights have kernels for the CPU alone here, not for {model.device.type}; use nf4")
    try:
        # torchao's stable Int4WeightOnlyConfig packs for GPUs only.
        from torchao.prototype.quantization.int4 import PrototypeInt4WeightOnlyConfig
    except ImportError as error:
        raise Unavailable(f"int4 on a CPU needs torchao 0.18 or later ({error})") from error
    return _torchao(model, PrototypeInt4WeightOnlyConfig(group_size=group_size, set_inductor_config=False))


def _nf4(model: GPT, dtype: torch.dtype) -> str:
    try:
        import bitsandbytes
    except ImportError as error:
        raise Unavailable(f"nf4 needs bitsandbytes ({error})") from error
    device = model.device
    for name, linear in _linears(model).items():
        fresh = bitsandbytes.nn.Linear4bit(
            linear.in_features, linear.out_features, linear.bias is not None, compute_dtype=dtype, quant_type="nf4"
        )
        fresh.weight = bitsandbytes.nn.Params4bit(linear.weight.detach(), requires_grad=False, quant_type="nf4")
        fresh.bias = linear.bias
        # Moving to a device is what packs the weights.
        model.set_submodule(name, fresh.to(device))
    # So that peft puts its 4-bit LoRA layers on it (QLoRA).
    model.is_loaded_in_4bit = True  # type: ignore[assignment]
    return f"bitsandbytes {bitsandbytes.__version__}"
