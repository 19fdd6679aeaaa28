"""Which sign belongs to which symbol? Prompts of pairs under a permutation drawn anew, in tokens.

A symbol is a token, and a symbol with its sign is another: what comes after a symbol is itself with one of the signs.
So an example is found by a look at one token; where x and y are tokens of their own, a model must first learn to join
them (induction heads, arXiv:2209.11895), which takes small ones longer than there is time for here.

The weights can know that every symbol has one sign and no two the same, but not which: that stands in the prompt alone.
The best learner is known too: it looks the symbol up, and where it has not been shown guesses among the signs that are
left. One permutation in ten is never trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.gpt.loss import IGNORED
from core.text.regression import others

SYMBOLS = 6
VOCABULARY = SYMBOLS + SYMBOLS**2  # symbols, then pairs of symbol and sign
BLIND = 1 - 1 / SYMBOLS  # how often a guess among the signs is wrong
_PRIME = 2_654_435_761  # Knuth's multiplicative hash


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """Rows of pairs, of which the last is the question.

    :param x: (rows, pairs), symbols from 0.
    :param y: (rows, pairs), signs from 0.
    """

    x: Tensor
    y: Tensor

    @property
    def ids(self) -> Tensor:
        """Tokens `x xy x xy …` (rows, 2 · pairs)."""
        return torch.stack([self.x, SYMBOLS + self.x * SYMBOLS + self.y], dim=2).flatten(1)

    def first(self, pairs: int) -> Prompts:
        """The same rows with fewer pairs."""
        return Prompts(x=self.x[:, :pairs], y=self.y[:, :pairs])


def held_out(permutations: Tensor) -> Tensor:
    """Which permutations (rows, SYMBOLS) are never trained on: about one in ten, by their hash, the same everywhere."""
    code = (permutations * SYMBOLS ** torch.arange(SYMBOLS)).sum(-1)
    return (code + 1) * _PRIME % 2**32 < 2**32 // 10


def permutations(count: int, generator: torch.Generator, *, held: bool) -> Tensor:
    """Random permutations (count, SYMBOLS) to train on, or held-out ones."""
    found = torch.empty(0, SYMBOLS, dtype=torch.long)
    while len(found) < count:
        drawn = torch.rand(count * (12 if held else 2), SYMBOLS, generator=generator).argsort(dim=1)
        found = torch.cat([found, drawn[held_out(drawn) == held]])
    return found[:count]


def draw(rows: int, *, pairs: int, generator: torch.Generator, held: bool = False, alone: bool = False) -> Prompts:
    """Prompts under permutations; symbols are drawn with replacement.

    :param held: under permutations that are never trained on.
    :param alone: every pair has a permutation of its own: a prompt says nothing of its question.
    :raises ValueError: no pair.
    """
    if pairs < 1:
        raise ValueError(f"pairs {pairs}: need at least one")
    x = torch.randint(SYMBOLS, (rows, pairs), generator=generator)
    if alone:
        rules = permutations(rows * pairs, generator, held=held).view(rows, pairs, SYMBOLS)
        return Prompts(x=x, y=rules.gather(2, x[:, :, None]).squeeze(2))
    return Prompts(x=x, y=permutations(rows, generator, held=held).gather(1, x))


def mispaired(prompts: Prompts, generator: torch.Generator) -> Prompts:
    """The examples with each other's signs, none at its own place; the question, at the end, keeps its own."""
    rows, pairs = prompts.y.shape
    return Prompts(x=prompts.x, y=prompts.y.gather(1, others(rows, pairs - 1, generator)))


def batches(*, rows: int, pairs: int, seed: int, alone: bool) -> Iterator[dict[str, Tensor]]:
    """Endless training batches; only pairs are labels."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        ids = draw(rows, pairs=pairs, generator=generator, alone=alone).ids
        labels = ids.clone()
        labels[:, ::2] = IGNORED
        yield {"input_ids": ids, "labels": labels}


def best_possible(prompts: Prompts) -> float:
    """The share of questions that a learner with perfect memory gets right, by its chances."""
    shown = torch.zeros(len(prompts.x), SYMBOLS, dtype=torch.bool).scatter(1, prompts.x[:, :-1], True)
    known = shown.gather(1, prompts.x[:, -1:]).squeeze(1)
    left = SYMBOLS - shown.sum(1)
    return float(torch.where(known, 1.0, 1 / left.clamp(min=1)).mean())
