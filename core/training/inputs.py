"""What does a model get in one step, and how many of its labels count?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from core.gpt.loss import IGNORED

Batch = Tensor | Mapping[str, Tensor]
Arguments = dict[str, Tensor]


def draw(batches: Iterator[Batch], *, step: int, count: int) -> list[Arguments]:
    """The next `count` batches as arguments of the model: token ids (batch, time) are their own labels.

    :raises ValueError: there are no more.
    """
    found = []
    for _ in range(count):
        batch = next(batches, None)
        if batch is None:
            raise ValueError(f"the batches ended in step {step}; give an endless iterator, or fewer steps")
        found.append({"input_ids": batch, "labels": batch} if isinstance(batch, Tensor) else dict(batch))
    return found


def label_count(model: nn.Module, inputs: Mapping[str, Tensor]) -> int:
    """How many labels the mean that `model` returns as its loss is taken over.

    A causal model predicts the label of the next position, so the first of each row counts for nothing.
    """
    labels = inputs["labels"]
    shift = labels.ndim == 2 and getattr(getattr(model, "config", None), "causal", True)
    return int(((labels[:, 1:] if shift else labels) != IGNORED).sum())


def positions(inputs: Mapping[str, Tensor]) -> tuple[int, int]:
    """How many token positions there are, and how many of them in a row."""
    tokens = inputs["input_ids"] if "input_ids" in inputs else inputs["labels"]
    return tokens.numel(), tokens.shape[-1]


def moved(inputs: Mapping[str, Tensor], device: torch.device) -> Arguments:
    """The tensors on `device`; from pinned memory the way to a GPU goes on beside what it is doing."""
    if device.type != "cuda":
        return {name: tensor.to(device) for name, tensor in inputs.items()}
    return {
        name: (tensor if tensor.is_cuda else tensor.pin_memory()).to(device, non_blocking=True)
        for name, tensor in inputs.items()
    }
