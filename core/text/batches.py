"""How does a long row of token ids become batches? At random for training, in order for measuring."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def random_batches(ids: Tensor, *, batch: int, time: int, seed: int) -> Iterator[Tensor]:
    """Endless batches (batch, time) of windows that begin anywhere; the same seed gives the same batches.

    :param ids: (tokens,).
    :raises ValueError: fewer tokens than one window needs.
    """
    _check(ids, batch=batch, time=time)
    if len(ids) < time:
        raise ValueError(f"{len(ids)} tokens do not fill one window of {time}; give more text or a shorter window")
    return _random(ids, batch, time, torch.Generator().manual_seed(seed))


def _random(ids: Tensor, batch: int, time: int, generator: torch.Generator) -> Iterator[Tensor]:
    offsets = torch.arange(time)
    while True:
        starts = torch.randint(len(ids) - time + 1, (batch, 1), generator=generator)
        yield ids[starts + offsets]


def sequential_batches(ids: Tensor, *, batch: int, time: int) -> Iterator[Tensor]:
    """Each token once, in order: batches (up to batch, time), and last what does not fill a window (1, rest).

    A rest of one token is dropped, because nothing in it can be predicted.

    :param ids: (tokens,).
    """
    _check(ids, batch=batch, time=time)
    whole = len(ids) // time * time
    yield from ids[:whole].view(-1, time).split(batch) if whole else ()
    if len(ids) - whole > 1:
        yield ids[whole:].view(1, -1)


def _check(ids: Tensor, *, batch: int, time: int) -> None:
    if ids.ndim != 1:
        raise ValueError(f"ids of shape {tuple(ids.shape)} are not one row; flatten them to (tokens,)")
    if batch < 1 or time < 2:
        raise ValueError(f"batch {batch} × time {time} holds nothing to predict; choose batch ≥ 1 and time ≥ 2")
