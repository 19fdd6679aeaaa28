"""What does each attention head look at? Its maps, and how much of its attention goes where the literature looks.

A distance back: 1 is the previous token (arXiv:1906.04341); where a piece of `length` tokens is repeated, `length - 1`
is the token that followed the same token the first time (induction heads, arXiv:2209.11895). A place: the first token,
into which heads pour what they have no other use for (attention sinks, arXiv:2309.17453).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from core.gpt.model import GPT


@torch.no_grad()
def attention_maps(model: GPT, ids: Tensor) -> Tensor:
    """The maps of all heads, each row a distribution over the tokens up to its own.

    :param model: in evaluation mode; for the call it is switched to the eager path, which keeps the maps.
    :param ids: (batch, time).
    :returns: (layers, batch, heads, time, time), on the CPU.
    :raises ValueError: the sequences are longer than the model's context.
    """
    longest = model.config.max_position_embeddings
    if ids.shape[1] > longest:
        raise ValueError(
            f"sequences of {ids.shape[1]} tokens are longer than the model's context of {longest}; make them shorter"
        )
    before = str(model.config._attn_implementation)
    model.set_attn_implementation("eager")
    try:
        device = next(model.parameters()).device
        output = model(input_ids=ids.to(device), output_attentions=True, use_cache=False)
    finally:
        model.set_attn_implementation(before)
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


def attention_to(maps: Tensor, *, place: int, start: int) -> Tensor:
    """Mean attention that positions from `start` on pay to the token at `place`: (layers, heads), float64.

    :raises ValueError: the first of these positions does not see the place, or does not exist.
    """
    if not 0 <= place <= start < maps.shape[-1]:
        raise ValueError(f"position {start} of {maps.shape[-1]} does not see position {place}; start later")
    return maps[..., start:, place].double().mean(dim=(1, 3))


def attention_to_followers(maps: Tensor, ids: Tensor) -> Tensor:
    """Mean attention of each token that came before to what followed it then: induction in a text as it is.

    :param maps: (layers, batch, heads, time, time).
    :param ids: (batch, time).
    :returns: (layers, heads), float64; 0 where no token comes twice.
    """
    same = ids[:, :, None] == ids[:, None, :]  # (batch, query, earlier)
    followers = torch.zeros_like(same)
    followers[:, :, 1:] = same[:, :, :-1]
    followers = followers.tril(-1)  # strictly before the query: a token is no follower of itself
    paid = torch.einsum("lbhqk,bqk->lhbq", maps.double(), followers.double())
    return paid[..., followers.any(-1)].sum(-1) / max(1, int(followers.any(-1).sum()))


def attention_of_kinds(maps: Tensor, ids: Tensor) -> Tensor:
    """What each head pays to the previous token, to the first, and to followers, in texts as they are.

    :param maps: (layers, batch, heads, time, time).
    :param ids: (batch, time).
    :returns: (3, layers, heads), float64; zeros where there is one token only.
    """
    start = min(2, ids.shape[1] - 1)
    if start == 0:
        return torch.zeros(3, maps.shape[0], maps.shape[2], dtype=torch.float64)
    return torch.stack(
        [
            attention_back(maps, distance=1, start=start),
            attention_to(maps, place=0, start=start),
            attention_to_followers(maps, ids),
        ]
    )


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
