"""How wrong is the next-token guess? Cross-entropy, the one large tensor of a small model, kept small.

The logits of a batch are often its largest tensor, and plain autograd makes several float32 copies of them. Here a
slice of rows at a time goes through softmax, and only one number a row is kept; the gradient computes the softmax
again, as in Cut Cross-Entropy (arXiv:2411.09009): the same numbers, less memory and less traffic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

IGNORED = -100
# Bytes of float32 that a slice of rows may take: small enough to stay in a core's cache.
SLICE = 2**21


def token_loss(logits: Tensor, labels: Tensor, *, shift: bool, count: Tensor | int | None = None) -> Tensor:
    """Cross-entropy in nats a token, computed in at least float32.

    :param logits: (batch, time, vocab_size).
    :param labels: (batch, time), -100 where nothing is to be learned.
    :param shift: position t predicts label t + 1.
    :param count: divide the sum by this instead of the number of labels (`transformers` accumulates so).
    :returns: a scalar; nan where there is no label at all.
    """
    if shift:
        # The labels move, not the logits: cutting a position off every row would copy the large tensor.
        labels = F.pad(labels[:, 1:], (0, 1), value=IGNORED)
    target = labels.reshape(-1).to(logits.device)
    total = _SummedCrossEntropy.apply(logits.reshape(-1, logits.shape[-1]), target)
    return total / ((target != IGNORED).sum() if count is None else count)


class _SummedCrossEntropy(torch.autograd.Function):
    """Sum over rows of `log Σ exp(logits) - logits[label]`; its gradient is `softmax - onehot`."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor) -> Tensor:
        """:param logits: (rows, vocab_size). :param target: (rows,)."""
        wide = torch.float64 if logits.dtype == torch.float64 else torch.float32
        label = target.clamp(min=0).unsqueeze(1)  # (rows, 1)
        counted = (target != IGNORED).to(wide).unsqueeze(1)
        score = logits.gather(1, label).to(wide)
        logs = (F.log_softmax(part, dim=-1, dtype=wide).gather(1, at) for part, at in _slices(logits, label))
        chance = torch.cat(list(logs))
        ctx.save_for_backward(logits, label, counted, score - chance)  # the last: log Σ exp(logits), (rows, 1)
        return -(chance * counted).sum()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        """Every slice ends scaled, so that no second tensor of this size is made."""
        logits, label, counted, total = ctx.saved_tensors
        gradient = torch.empty_like(logits)
        for rows, part, at, share, whole in _slices(gradient, logits, label, counted * upstream, total):
            chance = (part - whole).exp_().scatter_add_(1, at, torch.full_like(whole, -1.0))
            rows.copy_(chance.mul_(share))
        return gradient, None


def _slices(logits: Tensor, *others: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The tensors in slices of rows: as many as fit a core's cache; on a GPU, which has none to fill, all at once."""
    rows = max(1, SLICE // (4 * logits.shape[1])) if logits.device.type == "cpu" else len(logits)
    return zip(*(tensor.split(rows) for tensor in (logits, *others)), strict=True)
