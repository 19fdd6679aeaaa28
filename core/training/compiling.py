"""Does compiling work here? `torch.compile` (PyTorch 2, doi:10.1145/3620665.3640366) where there is a compiler."""

from __future__ import annotations

import warnings
from typing import cast

import torch
from torch import nn


def compiled(model: nn.Module, device: str | torch.device) -> nn.Module:
    """The same model, compiled when it is first called: the parameters are shared, the numbers differ by rounding.

    Where nothing can be compiled it is returned as it is, with one warning that says why.
    """
    try:
        torch.compile(_sum)(torch.ones(8, device=device))
    except (RuntimeError, ImportError) as error:
        why = str(error).strip().splitlines()[0]
        warnings.warn(f"training goes on without torch.compile, which fails on {device}: {why}", stacklevel=3)
        return model
    return cast(nn.Module, torch.compile(model))


def _sum(values: torch.Tensor) -> torch.Tensor:
    return (values.sin() + 1).sum()
