"""How do many small networks train at once? As one wide layer whose units are read out by the network they belong to.

Two-layer ReLU networks on the same inputs, each with its own width and its own targets. The sum of their losses has for
each network the gradient of its own loss, and Adam scales every weight by itself, so that each learns as if it were
alone: one step costs hardly more than one of the widest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class SideBySide(nn.Module):
    """Networks `b + Σ v · relu(x · w + a)`, one output each.

    :param widths: hidden units of each network.
    :param inputs: how many numbers go in.
    :param seed: of the first weights: those of a network depend on its place and its width alone.
    :raises ValueError: no network, or one without a unit.
    """

    owner: Tensor

    def __init__(self, *, widths: Sequence[int], inputs: int, seed: int) -> None:
        super().__init__()
        if min(widths, default=0) < 1:
            raise ValueError(f"widths {list(widths)}: need at least one network, each of one unit or more")
        generator = torch.Generator().manual_seed(seed)
        first = [torch.randn(inputs, width, generator=generator) * (2 / inputs) ** 0.5 for width in widths]
        second = [torch.randn(width, generator=generator) / width**0.5 for width in widths]
        self.first = nn.Parameter(torch.cat(first, dim=1))  # (inputs, units)
        self.first_bias = nn.Parameter(torch.zeros(self.first.shape[1]))
        self.second = nn.Parameter(torch.cat(second))  # (units,)
        self.bias = nn.Parameter(torch.zeros(len(widths)))
        self.register_buffer("owner", torch.repeat_interleave(torch.eye(len(widths)), torch.tensor(widths), dim=0))

    def forward(self, x: Tensor) -> Tensor:
        """(rows, inputs) to (rows, networks)."""
        hidden = torch.relu(torch.addmm(self.first_bias, x, self.first))
        return torch.addmm(self.bias, hidden, self.second[:, None] * self.owner)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The networks after some steps; lists have one number a network.

    :param train_loss, test_loss: mean squared errors.
    :param train_error, test_error: fractions of labels on the wrong side of zero.
    """

    step: int
    train_loss: list[float]
    train_error: list[float]
    test_loss: list[float]
    test_error: list[float]


def learn(
    networks: SideBySide,
    inputs: Tensor,
    targets: Tensor,
    *,
    test_inputs: Tensor,
    truth: Tensor,
    steps: int,
    learning_rate: float,
    looks: Sequence[int],
) -> Iterator[Look]:
    """Full-batch Adam on the squared error, at a rate that stays for half of the steps and then falls to zero.

    :param inputs: (rows, inputs).
    :param targets: (rows, networks), −1 or 1.
    :param truth: (test rows,).
    :param looks: after which steps to look, ascending; 0: before the first.
    :raises FloatingPointError: a loss is not finite.
    """
    weights = list(networks.parameters())
    optimizer = torch.optim.Adam(weights, lr=learning_rate, fused=True)
    wanted = set(looks)
    for step in range(steps + 1):
        if step:
            rate = learning_rate * min(1.0, 2 * (1 - (step - 1) / steps))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss = (networks(inputs) - targets).square().mean(0).sum()
            loss.backward()
            optimizer.step()
        if step in wanted:
            yield _look(step, networks, inputs, targets, test_inputs, truth)


@torch.no_grad()
def _look(step: int, networks: SideBySide, inputs: Tensor, targets: Tensor, test_inputs: Tensor, truth: Tensor) -> Look:
    said, tested, asked = networks(inputs), networks(test_inputs), truth[:, None]
    if not torch.isfinite(said).all():
        raise FloatingPointError(f"a network's output is not finite after step {step}; lower the learning rate")

    def mean(values: Tensor) -> list[float]:
        found: list[float] = values.double().mean(0).tolist()
        return found

    return Look(
        step=step,
        train_loss=mean((said - targets).square()),
        train_error=mean(said * targets <= 0),
        test_loss=mean((tested - asked).square()),
        test_error=mean(tested * asked <= 0),
    )
