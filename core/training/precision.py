"""With how many bits does a step multiply? Fewer than it stores, where the device gains by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch


def autocast(device: torch.device, *, bfloat16: bool) -> AbstractContextManager[Any]:
    """The forward pass in bfloat16 where that is safe (arXiv:1905.12322).

    Its exponents reach as far as float32's, so the loss needs no scaling, unlike in float16 (arXiv:1710.03740).
    """
    return torch.autocast(device.type, dtype=torch.bfloat16) if bfloat16 else nullcontext()


@contextmanager
def tensor_float32(device: torch.device) -> Iterator[None]:
    """Float32 products on CUDA as TF32: 10 bits of mantissa in, float32 sums; several times faster (A100 white paper).

    Only inside the block, so that what is measured between steps keeps all its bits.
    """
    if device.type != "cuda":
        yield
        return
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
