"""Can a model learn from pairs without a reward model and without sampling? Direct preference optimization (DPO).

The optimum of reward less β·KL is known: π ∝ π_ref · exp(r / β). Turned round, a policy is the optimum of the reward
β·log(π / π_ref), up to a constant of the prompt. Put into Bradley and Terry's odds of a pair, the constant goes, and
what is left is a logistic loss on the policy itself (arXiv:2305.18290, equation 7).

The loss begins at log 2 = 0.693 exactly, for policy and reference agree and every margin is 0. Where it stays there,
the other numbers of the record say why. Margin 0 and gradient 0: nothing moves, such as with a reference that is the
policy itself. Accuracy rises while margin and loss hardly move: it learns, but β is so small that the loss cannot show
it, or the rate is. Accuracy stays at one half on held-out pairs: the labels say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.text.preferences import Pairs
from core.training.alignment.policy import logprobs
from core.training.train import Diverged, make_optimizer, scheduled_rate

AT_ONCE = 1024  # pairs that are only read


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a policy makes of pairs, the mean over them.

    :param loss: nats a pair; log 2 where the policy has not left its reference.
    :param chosen, rejected: implicit rewards β·log(π / π_ref) of the answers.
    :param accuracy: the share of pairs whose chosen answer has the higher implicit reward; equal ones count half.
    """

    loss: float
    chosen: float
    rejected: float
    accuracy: float

    @property
    def margin(self) -> float:
        """How much higher the implicit reward of the chosen answer is."""
        return self.chosen - self.rejected


@dataclass(frozen=True, kw_only=True)
class DpoStep:
    """What one step did.

    :param step: 1 for the first.
    :param judged: of the pairs of the step, before the update.
    :param gradient_norm: before clipping.
    :param rows: answers that were learned from so far, two a pair.
    """

    step: int
    judged: Judged
    learning_rate: float
    gradient_norm: float
    rows: int


def pair_logs(model: nn.Module, pairs: Pairs) -> Tensor:
    """Log-probability of each whole answer, with its gradient: (2, rows), the chosen answers first."""
    answers = torch.cat([pairs.chosen, pairs.rejected])
    ids = torch.cat([torch.cat([pairs.prompts, pairs.prompts]), answers], dim=1)
    ids = ids.to(next(model.parameters()).device)
    return logprobs(model, ids, prompt=pairs.prompts.shape[1]).sum(dim=1).view(2, -1)


@torch.no_grad()
def reference_logs(model: nn.Module, pairs: Pairs) -> Tensor:
    """The same of the reference: computed once, for the reference never changes."""
    model.eval()
    parts = [pair_logs(model, pairs.rows(slice(at, at + AT_ONCE))) for at in range(0, len(pairs), AT_ONCE)]
    return torch.cat(parts, dim=1)


def dpo_loss(rewards: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """The loss of each pair in nats: (rows,).

    :param rewards: implicit rewards (2, rows), the chosen answers' first.
    :param label_smoothing: the share of labels taken to be wrong: conservative DPO (Mitchell 2023); 0 is the paper's.
    """
    margin = rewards[0] - rewards[1]
    return -(1 - label_smoothing) * F.logsigmoid(margin) - label_smoothing * F.logsigmoid(-margin)


def judged(rewards: Tensor, loss: Tensor) -> Judged:
    """The numbers of some pairs from their implicit rewards (2, rows) and losses (rows,)."""
    margin = rewards[0] - rewards[1]
    right = (margin > 0).double() + 0.5 * (margin == 0).double()
    numbers = torch.stack([loss.double().mean(), *rewards.double().mean(dim=1), right.mean()])
    loss_mean, chosen, rejected, accuracy = numbers.tolist()
    return Judged(loss=loss_mean, chosen=chosen, rejected=rejected, accuracy=accuracy)


@torch.no_grad()
def judge(model: nn.Module, pairs: Pairs, reference: Tensor, *, beta: float) -> Judged:
    """What the policy makes of pairs that it need not have seen.

    :param reference: their `reference_logs`.
    """
    rewards = beta * (reference_logs(model, pairs) - reference)
    return judged(rewards, dpo_loss(rewards))


def train_dpo(
    model: nn.Module,
    pairs: Pairs,
    reference: Tensor,
    *,
    beta: float,
    steps: int,
    batch: int,
    learning_rate: float,
    seed: int,
    label_smoothing: float = 0.0,
    clip: float = 1.0,
) -> Iterator[DpoStep]:
    """Train the policy in place; yields after every step.

    Pairs come in random order, each once before any comes again. A tenth of the steps rise to the rate, then a cosine
    falls. Dropout stays off, so that policy and reference agree at first.

    :param model: begins as the reference.
    :param reference: `reference_logs` of the pairs, on the model's device.
    :param beta: the smaller, the further the policy may go from its reference.
    :raises ValueError: β, steps, batch or smoothing that make no sense, or no pair.
    :raises core.training.train.Diverged: a loss or gradient is not finite.
    """
    if beta <= 0 or steps < 1 or batch < 1 or not len(pairs) or not 0 <= label_smoothing < 0.5:
        raise ValueError(
            f"β {beta}, steps {steps}, batch {batch}, {len(pairs)} pairs, label smoothing {label_smoothing}: "
            "need β > 0, one or more of each, and smoothing from 0 to below a half"
        )
    optimizer = make_optimizer(model, learning_rate=learning_rate, weight_decay=0.0, betas=(0.9, 0.95))
    trainable = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    order = _orders(len(pairs), batch=batch, seed=seed)
    seen = 0
    model.eval()
    for step in range(1, steps + 1):
        rate = scheduled_rate(step, steps=steps, peak=learning_rate, warmup=steps // 10, final_fraction=0.1)
        for group in optimizer.param_groups:
            group["lr"] = rate
        which = next(order)
        rewards = beta * (pair_logs(model, pairs.rows(which)) - reference[:, which.to(reference.device)])
        losses = dpo_loss(rewards, label_smoothing=label_smoothing)
        optimizer.zero_grad()
        losses.mean().backward()
        norm = nn.utils.clip_grad_norm_(trainable, clip).item()
        found = judged(rewards.detach(), losses.detach())
        if not (math.isfinite(found.loss) and math.isfinite(norm)):
            raise Diverged(step, "the loss or the gradient's norm", found.loss + norm)
        optimizer.step()
        seen += 2 * len(which)
        yield DpoStep(step=step, judged=found, learning_rate=rate, gradient_norm=norm, rows=seen)


def _orders(count: int, *, batch: int, seed: int) -> Iterator[Tensor]:
    """Which pairs come together: endless, (batch,) at a time, or all where there are fewer."""
    generator = torch.Generator().manual_seed(seed)
    size = min(batch, count)
    while True:
        order = torch.randperm(count, generator=generator)
        yield from order[: count - count % size].split(size)
