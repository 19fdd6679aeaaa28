"""Which text shows whether a head finds a repetition? Random tokens twice in a row, and the same tokens without one."""

from __future__ import annotations

import torch
from torch import Tensor


def repeated_and_shuffled(*, rows: int, length: int, first: int, tokens: range, seed: int) -> tuple[Tensor, Tensor]:
    """Pieces of random tokens, all different, twice in a row; and the same with the second time in another order.

    Both hold the same tokens at the same distances, so that a head which only looks a fixed way back scores the same.

    :param first: the token that stands before everything, as before a document.
    :param tokens: ids to draw from.
    :returns: two of (rows, 1 + 2 · length).
    :raises ValueError: fewer ids than a piece needs.
    """
    if length > len(tokens):
        raise ValueError(f"{length} different tokens cannot be drawn from {len(tokens)}; choose a shorter piece")
    generator = torch.Generator().manual_seed(seed)
    piece = torch.rand(rows, len(tokens), generator=generator).argsort(dim=1)[:, :length] + tokens.start
    order = torch.rand(rows, length, generator=generator).argsort(dim=1)
    start = torch.full((rows, 1), first)
    return torch.cat([start, piece, piece], dim=1), torch.cat([start, piece, piece.gather(1, order)], dim=1)
