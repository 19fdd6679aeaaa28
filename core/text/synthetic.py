"""Which small tasks have a known truth? Sequences made from a seed, for what real text cannot isolate."""

from __future__ import annotations

import torch
from torch import Tensor


def repeated_sequences(
    *, batch: int, time: int, vocabulary: range, seed: int, shortest: int = 8, longest: int | None = None
) -> tuple[Tensor, Tensor]:
    """Rows that repeat a random piece over and over, each with a period of its own (induction heads, arXiv:2209.11895).

    The period must vary: with a fixed one, a model reaches the answer by position alone and needs no induction.

    :param vocabulary: token ids to draw from, uniformly.
    :param shortest, longest: bounds of the period in tokens, both included; `longest` defaults to half of `time`.
    :returns: token ids (batch, time), and the periods (batch,): from position `period` on, every token can be copied.
    :raises ValueError: no period fits.
    """
    longest = time // 2 if longest is None else longest
    if not 1 <= shortest <= longest < time:
        raise ValueError(f"periods from {shortest} to {longest} do not fit into {time} tokens; choose shorter ones")
    generator = torch.Generator().manual_seed(seed)
    periods = torch.randint(shortest, longest + 1, (batch,), generator=generator)
    pieces = torch.randint(vocabulary.start, vocabulary.stop, (batch, longest), generator=generator)
    index = torch.arange(time) % periods[:, None]  # (batch, time)
    return pieces.gather(1, index), periods
