"""Which line stands behind a few points? Prompts of pairs (x, w · x), with a line of their own each (arXiv:2208.01066).

The best that any learner can do is known: least squares, and where there are fewer examples than dimensions, the
shortest line through them. Two simple learners stand beside it, which need no equation: the mean of the three nearest
examples, and the mean of all `y · x` as the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

NEIGHBOURS = 3


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """Rows of pairs, of which the last is the question; numbers of one row share a line.

    :param x: (rows, pairs, dimensions), standard normal.
    :param y: (rows, pairs), of mean square 1.
    """

    x: Tensor
    y: Tensor

    def first(self, pairs: int) -> Prompts:
        """The same rows with fewer pairs."""
        return Prompts(x=self.x[:, :pairs], y=self.y[:, :pairs])


def draw(rows: int, *, pairs: int, dimensions: int, generator: torch.Generator, alone: bool = False) -> Prompts:
    """Prompts under lines `w` drawn from a normal distribution.

    :param alone: every pair has a line of its own: a prompt says nothing of its question.
    :raises ValueError: no pair, or no dimension.
    """
    if pairs < 1 or dimensions < 1:
        raise ValueError(f"pairs {pairs}, dimensions {dimensions}: need at least one of each")
    x = torch.randn(rows, pairs, dimensions, generator=generator)
    lines = torch.randn(rows, pairs if alone else 1, dimensions, generator=generator)
    return Prompts(x=x, y=(x * lines).sum(-1) / dimensions**0.5)


def mispaired(prompts: Prompts, generator: torch.Generator) -> Prompts:
    """The examples with each other's targets, none with its own; the question, at the end, keeps its own.

    :raises ValueError: fewer than two examples.
    """
    rows, pairs = prompts.y.shape
    return Prompts(x=prompts.x, y=prompts.y.gather(1, others(rows, pairs - 1, generator)))


def others(rows: int, examples: int, generator: torch.Generator) -> Tensor:
    """Which pair's target each pair gets, (rows, examples + 1): the examples' turned by a random part of a round.

    :raises ValueError: fewer than two examples have nothing to exchange.
    """
    if examples < 2:
        raise ValueError(f"{examples} examples cannot exchange their targets; give two or more")
    turn = torch.randint(1, examples, (rows, 1), generator=generator)
    moved = (torch.arange(examples) + turn) % examples
    return torch.cat([moved, torch.full((rows, 1), examples)], dim=1)


def least_squares(prompts: Prompts) -> Tensor:
    """What the best learner says to the question: (rows,). No learner has a smaller mean square error."""
    x, y = prompts.x.double(), prompts.y.double()
    line = torch.linalg.pinv(x[:, :-1]) @ y[:, :-1, None]
    return (x[:, -1:] @ line).reshape(len(x)).float()


def average(prompts: Prompts) -> Tensor:
    """What a learner says that takes the mean of `y · x` for the line: (rows,)."""
    shown = prompts.x.shape[1] - 1
    if not shown:
        return torch.zeros(len(prompts.x))
    line = (prompts.y[:, :-1, None] * prompts.x[:, :-1]).sum(1) / shown
    return (prompts.x[:, -1] * line).sum(-1)


def nearest(prompts: Prompts) -> Tensor:
    """What a learner says that takes the mean of the three nearest examples: (rows,)."""
    shown = prompts.x.shape[1] - 1
    if not shown:
        return torch.zeros(len(prompts.x))
    away = (prompts.x[:, :-1] - prompts.x[:, -1:]).square().sum(-1)
    near = away.topk(min(NEIGHBOURS, shown), largest=False).indices
    return prompts.y[:, :-1].gather(1, near).mean(1)


LEARNERS: dict[str, Callable[[Prompts], Tensor]] = {
    "least-squares": least_squares,
    "average": average,
    "nearest": nearest,
}
SIMPLE = ("average", "nearest")


def error(said: Tensor, prompts: Prompts) -> float:
    """Mean square error (rows,) at the questions, as a part of what saying nothing (0) would err."""
    asked = prompts.y[:, -1]
    return float((said.cpu() - asked).square().mean() / asked.square().mean())
