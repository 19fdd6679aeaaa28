"""How is one vector multiplied by several weight matrices at the least cost?

A small model stays in the processor's cache, where one row times a matrix that lies (in, out) takes half the time of
one that lies (out, in), as `nn.Linear` keeps it; and one product costs less than three. So small models get such a
copy. A large one is bound by memory in either layout (within 15 % of each other at width 768), and a copy of it would
cost what a machine may not have: its own layers are called. So are layers that are more than a matrix: quantized ones,
adapters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from core.gpt.model import GPT

COPIED_BYTES = 64 * 2**20  # larger models are bound by memory, whatever the layout


def untouched(module: nn.Module) -> bool:
    """Nothing is hooked onto its call or put in place of it, but the recorder of hidden states, which only listens."""
    hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
    recorder = "transformers.utils.output_capturing"
    return "forward" not in vars(module) and all(hook.__module__ == recorder for hook in hooks)


def is_matrix(module: nn.Module) -> TypeGuard[nn.Linear]:
    """A linear layer that is its weights and nothing more: not quantized, not adapted."""
    return type(module) is nn.Linear and type(module.weight) is nn.Parameter and untouched(module)


class Copied:
    """The matrices of several linear layers as one, transposed.

    Where they are split into heads, the heads that belong together stand side by side: those of part 1 for key head 1,
    those of part 2 for key head 1, …, those of part 1 for key head 2, ….
    """

    def __init__(self, linears: Sequence[nn.Linear], heads: int) -> None:
        """:param heads: into how many each layer's output is split."""
        first = linears[0]
        self._heads = heads
        self.weight = first.weight.new_empty(first.in_features, sum(linear.out_features for linear in linears))
        self.bias = None if first.bias is None else self.weight.new_empty(self.weight.shape[1])
        probe = torch.randn(first.in_features, generator=torch.Generator().manual_seed(0))
        self._probe = probe.to(first.weight)
        self._versions: list[int] = []
        self._answers: list[Tensor] = []
        self.refresh(linears)

    def into(self, out: Tensor, states: Tensor) -> None:
        """Write the product of `states` (batch, in) to `out` (batch, sum of outs)."""
        if self.bias is None:
            torch.mm(states, self.weight, out=out)
        else:
            torch.addmm(self.bias, states, self.weight, out=out)

    def add_to(self, stream: Tensor, states: Tensor) -> None:
        """Add the product of `states` (batch, in) to `stream` (batch, out)."""
        stream.addmm_(states, self.weight)
        if self.bias is not None:
            stream.add_(self.bias)

    def fits(self, linears: Sequence[nn.Linear]) -> bool:
        """The layers still have the sizes, the precision and the place that the copy was made for."""
        first = linears[0]
        shape = first.in_features, sum(linear.out_features for linear in linears)
        same = first.weight.dtype == self.weight.dtype and first.weight.device == self.weight.device
        return shape == self.weight.shape and same and (first.bias is None) == (self.bias is None)

    def refresh(self, linears: Sequence[nn.Linear]) -> None:
        """Copy again, unless the layers have not changed since: copying takes as long as some tokens.

        Optimizers and loaders leave a trace in a tensor's version. Writing through `.data` leaves none, but then a
        product with a random vector, which costs as little as a token, comes out differently.
        """
        parts = [part for linear in linears for part in (linear.weight, linear.bias) if part is not None]
        versions = [0 if part.is_inference() else part._version for part in parts]
        answers = [linear.weight @ self._probe for linear in linears]
        if versions != self._versions or not all(map(torch.equal, answers, self._answers)):
            weights = [linear.weight.unflatten(0, (self._heads, -1)) for linear in linears]
            self.weight.copy_(torch.cat(weights, dim=1).flatten(0, 1).t())
            self._versions, self._answers = versions, answers
        if self.bias is not None:
            biases = [linear.bias.unflatten(0, (self._heads, -1)) for linear in linears]
            self.bias.copy_(torch.cat(biases, dim=1).flatten())


class Called:
    """The layers themselves, whatever they are; their outputs are put in the same order."""

    def __init__(self, modules: Sequence[nn.Module], heads: int) -> None:
        self._modules = modules
        self._heads = heads

    def into(self, out: Tensor, states: Tensor) -> None:
        """Write what the layers make of `states` (batch, in) to `out` (batch, sum of outs)."""
        made = [module(states).unflatten(1, (self._heads, -1)) for module in self._modules]
        torch.cat(made, dim=2, out=out.unflatten(1, (self._heads, -1)))

    def add_to(self, stream: Tensor, states: Tensor) -> None:
        """Add what the layer makes of `states` (batch, in) to `stream` (batch, out)."""
        stream.add_(self._modules[0](states))


Projection = Copied | Called
_copies: WeakKeyDictionary[GPT, dict[str, Copied]] = WeakKeyDictionary()


class Projections:
    """Makes the projections of one model; copies are kept as long as the model is, and brought up to date here."""

    def __init__(self, model: GPT) -> None:
        linears = [module for module in model.modules() if is_matrix(module)]
        self._small = sum(linear.weight.nbytes for linear in linears) <= COPIED_BYTES
        self._kept = _copies.setdefault(model, {})
        self.plain = True  # so far all were matrices and nothing more

    def make(self, name: str, *modules: nn.Module, heads: int = 1) -> Projection:
        """The layers as one.

        :param name: tells the projections of a model apart.
        :param heads: see `Copied`.
        """
        linears = [module for module in modules if is_matrix(module)]
        self.plain &= len(linears) == len(modules)
        alike = len({(linear.weight.dtype, linear.bias is None) for linear in linears}) == 1
        if not (self._small and alike and len(linears) == len(modules)):
            self._kept.pop(name, None)
            return Called(modules, heads)
        kept = self._kept.get(name)
        if kept is None or not kept.fits(linears):
            kept = self._kept[name] = Copied(linears, heads)
        else:
            kept.refresh(linears)
        return kept


def copied_bytes(model: GPT) -> int:
    """Bytes of the copies that stand beside the model now."""
    return sum(kept.weight.nbytes for kept in _copies.get(model, {}).values())
