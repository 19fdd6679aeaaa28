"""How far does a model get in a new domain, and what does that cost? Train what is set to train, and look on the way.

The same for all weights and for an adapter (LoRA, arXiv:2106.09685): they differ in which parameters need a gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from core.text.batches import random_batches, sequential_batches
from core.training import evaluate
from core.training.train import Diverged, train

EVALUATED = 4096  # tokens at once when nothing is learned


def adapt(
    model: nn.Module,
    ids: Tensor,
    validation: Tensor,
    *,
    rate: float,
    steps: int,
    batch: int,
    time: int,
    seed: int,
    looks: int,
    device: str,
) -> Iterator[tuple[int, float]]:
    """Train at one learning rate; yields (step, validation loss) before the first step and `looks` times on the way.

    It ends early where the training diverges: what was reached before counts.

    :param ids: (tokens,) to train on, in windows drawn with `seed`.
    :param validation: (tokens,).
    :param rate: the peak; a tenth of the steps rise to it, then a cosine falls. No weight decay.
    """
    yield 0, loss(model, validation, time=time)
    every = max(1, steps // looks)
    records = train(
        model,
        random_batches(ids, batch=batch, time=time, seed=seed),
        steps=steps,
        learning_rate=rate,
        warmup=steps // 10,
        weight_decay=0.0,
        device=device,
        seed=seed,
    )
    try:
        for record in records:
            if record.step % every == 0 or record.step == steps:
                yield record.step, loss(model, validation, time=time)
    except Diverged:
        return


def loss(model: nn.Module, ids: Tensor, *, time: int) -> float:
    """Nats a token over all of `ids` (tokens,), in windows of `time`."""
    return evaluate.loss(model, sequential_batches(ids, batch=max(1, EVALUATED // time), time=time))


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {name: weights for name, weights in model.named_parameters() if weights.requires_grad}


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """A copy of what training changes."""
    return {name: weights.detach().clone() for name, weights in trainable(model).items()}


@torch.no_grad()
def restore(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Put a `snapshot` of the same kind of model back."""
    for name, parameter in trainable(model).items():
        parameter.copy_(weights[name])


def moment_bytes(model: nn.Module) -> int:
    """Bytes of AdamW's two moments, which are as precise as the parameters that they belong to."""
    return sum(2 * weights.numel() * weights.element_size() for weights in trainable(model).values())


def saved_bytes(model: Any) -> int:
    """Bytes to keep for this domain beside the base: all weights, or the adapter's."""
    with TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return sum(path.stat().st_size for path in Path(folder).rglob("*.safetensors"))
