"""What does a model cost when its weights have fewer bits? Bytes stored, and bytes read for every token it writes.

A decoder at batch 1 reads all its weights for each token, so that memory bandwidth bounds its speed; fewer bytes are
faster only where the backend unpacks them at no great cost. int8 and int4 are torchao's weight-only formats, nf4 is
bitsandbytes' 4-bit NormalFloat with double quantization (QLoRA, arXiv:2305.14314). The linear layers inside the blocks
are quantized (compare LLM.int8, arXiv:2208.07339, and GPTQ, arXiv:2210.17323); embeddings, head and norms are not.
How fast a model may write with so many bytes is a question for `core.gpt.roofline`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from core.gpt.model import GPTPreTrainedModel

METHODS = ("fp32", "bf16", "int8", "int4", "nf4")
GROUP_SIZES = (32, 64, 128)
NF4_BLOCK = 64
INT4_COLUMNS = 16  # what the CPU's int4 kernel packs at once
TINYGEMM = (8, 0)  # the compute capability from which PyTorch's int4 kernel for CUDA runs

M = TypeVar("M", bound=GPTPreTrainedModel)


class Unavailable(RuntimeError):
    """A format that cannot be had here: its library or device is missing. The text says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Quantized(Generic[M]):
    """A model in another format; the one it was made from is untouched.

    :param model: ready to run, in evaluation mode.
    :param method: one of `METHODS`.
    :param backend: whose kernels run it, with version.
    :param stored_bytes: of all weights, a tied matrix once, scales and zero points included.
    :param bytes_per_token: read from memory for one token at batch 1, the cache of keys and values aside.
    """

    model: M
    method: str
    backend: str
    stored_bytes: int
    bytes_per_token: int


def quantize(model: M, method: str, *, group_size: int = 64, dtype: torch.dtype = torch.bfloat16) -> Quantized[M]:
    """A copy of `model` on its device, in the format `method`.

    :param model: the core's, with any head.
    :param method: "fp32", "bf16", "int8" (a scale a row), "int4" (scale and zero a group), "nf4" (blocks of 64).
    :param group_size: for int4: how many weights of a row share a scale.
    :param dtype: of activations and of what is not quantized, for int8, int4 and nf4.
    :raises Unavailable: the library or the device for it is missing.
    :raises ValueError: an unknown method, or layers of a size that its kernel does not take.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)}")
    if method == "int4":
        _check_int4(model, group_size, dtype)
    if method == "nf4" and model.device.type == "cpu":
        # bitsandbytes' AVX-512 kernel takes the wrong scale where a block runs on into the next row (seen in 0.50.2).
        _check_rows(model, NF4_BLOCK, mend="choose a width that is a multiple, or int8")
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


def bytes_per_token(model: GPTPreTrainedModel) -> int:
    """Bytes of weights read for one token at batch 1: all of them, but of a table that is only looked up, one row."""
    # A tied table is also the head's matrix, and read whole.
    head = model.get_output_embeddings()
    tables = [
        module
        for module in model.modules()
        if isinstance(module, nn.Embedding) and (head is None or module.weight is not head.weight)
    ]
    total = stored_bytes(model)
    for table in tables:
        total -= _tensor_bytes(table.weight) // table.num_embeddings * (table.num_embeddings - 1)
    return total


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


def _linears(model: GPTPreTrainedModel) -> dict[str, nn.Linear]:
    """The linear layers inside the blocks, by full name."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("model.layers.")
    }


def _check_int4(model: GPTPreTrainedModel, group_size: int, dtype: torch.dtype) -> None:
    if group_size not in GROUP_SIZES:
        raise ValueError(f"group_size {group_size} has no kernel; choose one of {', '.join(map(str, GROUP_SIZES))}")
    _check_rows(model, group_size, mend="choose another group_size or a width that is a multiple")
    if model.device.type == "cuda" and dtype != torch.bfloat16:
        raise ValueError(f"int4 on a GPU computes in bfloat16 alone, not in {dtype}; leave dtype out")
    for name, linear in _linears(model).items():
        if model.device.type == "cpu" and linear.out_features % INT4_COLUMNS:
            raise ValueError(
                f"{name} has {linear.out_features} rows, and the int4 kernel of the CPU packs {INT4_COLUMNS} at once; "
                f"choose a width that is a multiple, or int8"
            )


def _check_rows(model: GPTPreTrainedModel, group_size: int, *, mend: str) -> None:
    for name, linear in _linears(model).items():
        if linear.in_features % group_size:
            raise ValueError(
                f"{name} has rows of {linear.in_features} weights, which do not divide into groups of {group_size}; "
                f"{mend}"
            )


def _torchao(model: GPTPreTrainedModel, config: Any) -> str:
    import torchao
    from torchao.quantization import quantize_

    names = set(_linears(model))
    quantize_(model, config, filter_fn=lambda _module, name: name in names)
    return f"torchao {torchao.__version__}"


def _int8(model: GPTPreTrainedModel) -> str:
    try:
        from torchao.quantization import Int8WeightOnlyConfig
    except ImportError as error:
        raise Unavailable(f"int8 needs torchao ({error})") from error
    return _torchao(model, Int8WeightOnlyConfig(set_inductor_config=False))


def _int4(model: GPTPreTrainedModel, group_size: int) -> str:
    kind = model.device.type
    if kind == "cuda" and torch.cuda.get_device_capability(model.device) < TINYGEMM:
        raise Unavailable("int4 on a GPU needs compute capability 8.0 (Ampere) or later; use nf4 or int8")
    if kind not in ("cpu", "cuda"):
        raise Unavailable(f"int4 weights have kernels for the CPU and for CUDA, not for {kind}; use nf4")
    try:
        if kind == "cuda":
            from torchao.quantization import Int4WeightOnlyConfig

            # The default packing needs a package of kernels that not every GPU runs; this one has its in PyTorch.
            packing = {"int4_packing_format": "tile_packed_to_4d"}
            return _torchao(model, Int4WeightOnlyConfig(group_size=group_size, set_inductor_config=False, **packing))
        # torchao's stable Int4WeightOnlyConfig packs for GPUs only.
        from torchao.prototype.quantization.int4 import PrototypeInt4WeightOnlyConfig
    except ImportError as error:
        raise Unavailable(f"int4 needs torchao 0.18 or later ({error})") from error
    return _torchao(model, PrototypeInt4WeightOnlyConfig(group_size=group_size, set_inductor_config=False))


def _nf4(model: GPTPreTrainedModel, dtype: torch.dtype) -> str:
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
