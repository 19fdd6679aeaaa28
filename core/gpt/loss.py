"""How wrong is the next-token guess? Cross-entropy, the one large tensor of a small model, kept small.

The logits of a batch are often its largest tensor, and plain autograd makes several float32 copies of them. Here a
slice of rows at a time goes through softmax and leaves its gradient behind, in the logits' own precision, as in Cut
Cross-Entropy (arXiv:2411.09009) and Liger (arXiv:2410.10989): the same numbers, less memory traffic.
"""

from __future__ import annotations

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
        gradient = torch.empty_like(logits) if ctx.needs_input_grad[0] else None
        total = torch.zeros((), dtype=wide, device=logits.device)
        rows = max(1, SLICE // (4 * logits.shape[1])) if logits.device.type == "cpu" else len(logits)
        for start in range(0, len(logits), rows):
            part = slice(start, start + rows)
            counted = (target[part] != IGNORED).to(wide).unsqueeze(1)  # (rows, 1)
            label = target[part].clamp(min=0).unsqueeze(1)
            logs = F.log_softmax(logits[part], dim=-1, dtype=wide)
            total -= (logs.gather(1, label) * counted).sum()
            if gradient is not None:
                chance = logs.exp_().scatter_add_(1, label, torch.full_like(counted, -1.0))
                gradient[part] = chance.mul_(counted)
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return total

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        """The gradient was left behind by the forward pass; only its scale is missing."""
        (gradient,) = ctx.saved_tensors
        return gradient * upstream, None
