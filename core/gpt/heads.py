"""What does each attention head look at? Its maps, and how much of its attention goes a fixed distance back.

One distance covers the heads that the literature names: 1 is the previous token (arXiv:1906.04341); where a piece of
`length` tokens is repeated, `length - 1` is the token that followed the same token the first time (induction heads,
arXiv:2209.11895).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from core.gpt.model import GPT


@torch.no_grad()
def attention_maps(model: GPT, ids: Tensor) -> Tensor:
    """The maps of all heads, each row a distribution over the tokens up to its own.

    :param model: in evaluation mode; it is switched to the eager path, which keeps the maps.
    :param ids: (batch, time).
    :returns: (layers, batch, heads, time, time), on the CPU.
    :raises ValueError: the sequences are longer than the model's context.
    """
    longest = model.config.max_position_embeddings
    if ids.shape[1] > longest:
        raise ValueError(
            f"sequences of {ids.shape[1]} tokens are longer than the model's context of {longest}; make them shorter"
        )
    model.set_attn_implementation("eager")
    device = next(model.parameters()).device
    output = model(input_ids=ids.to(device), output_attentions=True, use_cache=False)
    return torch.stack([layer.cpu() for layer in output.attentions])


def attention_back(maps: Tensor, *, distance: int, start: int) -> Tensor:
    """Mean attention that positions from `start` on pay to the token `distance` before them.

    :param maps: (layers, batch, heads, time, time).
    :returns: (layers, heads), float64.
    :raises ValueError: the first of these positions has no token that far back.
    """
    if not 0 <= distance <= start < maps.shape[-1]:
        raise ValueError(f"position {start} of {maps.shape[-1]} has no token {distance} back; start later")
    paid = maps.diagonal(offset=-distance, dim1=-2, dim2=-1)  # entry j is what position j + distance pays
    return paid[..., start - distance :].double().mean(dim=(1, 3))


def attention_to_first(maps: Tensor, *, start: int) -> Tensor:
    """Mean attention that positions from `start` on pay to the first token: (layers, heads), float64."""
    return maps[..., start:, 0].double().mean(dim=(1, 3))


def running_mean(
    model: GPT, ids: Tensor, score: Callable[[Tensor], Tensor], *, batch: int = 8
) -> Iterator[tuple[int, Tensor]]:
    """Read `ids` (rows, time) in batches; yields the rows read so far and the mean of `score(maps)` over them."""
    total = torch.zeros(())
    read = 0
    for rows in ids.split(batch):
        total = total + score(attention_maps(model, rows)) * len(rows)
        read += len(rows)
        yield read, total / read


def strongest(scores: Tensor) -> tuple[int, int]:
    """Layer and head of the highest of `scores` (layers, heads); the first of equals."""
    layer, head = divmod(int(scores.flatten().argmax()), scores.shape[1])
    return layer, head
