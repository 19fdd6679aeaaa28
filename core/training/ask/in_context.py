"""Can a small model learn from examples in its prompt? Two worlds of prompts, one way to train and to ask.

Numbers go into the shared GPT as vectors: an x is a token, and the pair of it and its y another (arXiv:2208.01066 has
y alone there). Symbols are tokens in the same way. In both every x of a prompt is a question about the pairs before it,
so that one pass trains and asks with no example, with one, and with many; no weight changes between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from core.experiment import Cache
from core.gpt.config import GPTConfig
from core.gpt.model import GPT, GPTModel
from core.text import regression, symbol_mapping
from core.training.ask import shared_rates
from core.training.train import train

LAYERS = 2
HEADS = 2
FIRST_WEIGHTS = 0.1  # wider than the usual 0.02: narrow layers would start as ones that see no context
VALIDATION = 512  # prompts


def _config(width: int, *, vocabulary: int) -> GPTConfig:
    """Sizes differ in width alone."""
    return GPTConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=64,
        activation="gelu",
        initializer_range=FIRST_WEIGHTS,
        use_cache=False,
    )


@dataclass(frozen=True)
class Predicted:
    """What a `NumberModel` returns, with the names of a language model's output.

    :param loss: mean square error over all pairs of the prompts.
    :param logits: what it says of each y: (rows, pairs).
    """

    loss: Tensor
    logits: Tensor


class NumberModel(nn.Module):
    """The shared GPT with a linear layer in the place of its token table, and another in the place of its head."""

    def __init__(self, width: int, *, dimensions: int) -> None:
        super().__init__()
        self.read = nn.Linear(dimensions + 2, width)
        self.model = GPTModel(_config(width, vocabulary=1))
        self.say = nn.Linear(width, 1)

    def forward(self, x: Tensor, labels: Tensor) -> Predicted:
        """
        :param x: (rows, pairs, dimensions).
        :param labels: every y, (rows, pairs); what is said of one sees only those before it.
        """
        rows, pairs, dimensions = x.shape
        tokens = x.new_zeros(rows, pairs, 2, dimensions + 2)
        tokens[..., :dimensions] = x[:, :, None]
        tokens[:, :, 1, dimensions] = labels
        tokens[:, :, 1, dimensions + 1] = 1.0  # y is known
        states = self.model(inputs_embeds=self.read(tokens.flatten(1, 2)), use_cache=False).last_hidden_state
        said = self.say(states[:, ::2]).squeeze(-1)
        return Predicted(loss=(said - labels).square().mean(), logits=said)


class World(Protocol):
    """Prompts of one kind: how they are made, read and scored; and learners that are written down."""

    @property
    def name(self) -> str: ...

    @property
    def examples(self) -> int:
        """How many a prompt has at most, before its question."""
        ...

    @property
    def learners(self) -> tuple[str, ...]:
        """The best possible one first."""
        ...

    def model(self, width: int, *, seed: int) -> nn.Module:
        """A fresh one, with first weights from `seed`."""
        ...

    def batches(self, rows: int, *, seed: int) -> Iterator[Any]:
        """Endless training batches."""
        ...

    def asked(self, count: int, *, seed: int) -> Any:
        """Prompts to ask, which no training sees."""
        ...

    def errors(self, model: nn.Module, prompts: Any) -> list[float]:
        """The error after no example, one, …, `examples`; 1 is what answering without looking would err."""
        ...

    def mispaired(self, prompts: Any, *, seed: int) -> Any:
        """The same prompts with the examples' targets exchanged; only the last question still has its own."""
        ...

    def learner(self, name: str, prompts: Any) -> list[float]:
        """The errors of one of `learners` after no example, one, …"""
        ...

    def distance(self, model: nn.Module, prompts: Any) -> float:
        """How far the model is from the best possible learner after all examples."""
        ...


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Linear regression.

    :param alone: every pair has a line of its own: the null world.
    """

    dimensions: int
    alone: bool
    name: str = "numbers"

    @property
    def examples(self) -> int:
        """Twice as many as an x has numbers."""
        return 2 * self.dimensions

    def model(self, width: int, *, seed: int) -> nn.Module:
        """A `NumberModel`."""
        torch.manual_seed(seed)
        return NumberModel(width, dimensions=self.dimensions)

    def batches(self, rows: int, *, seed: int) -> Iterator[dict[str, Tensor]]:
        """Lines drawn anew for every prompt."""
        generator = torch.Generator().manual_seed(seed)
        while True:
            drawn = self._draw(rows, generator)
            yield {"x": drawn.x, "labels": drawn.y}

    def asked(self, count: int, *, seed: int) -> regression.Prompts:
        """Fresh lines: none ever comes twice."""
        return self._draw(count, torch.Generator().manual_seed(seed))

    def _draw(self, rows: int, generator: torch.Generator) -> regression.Prompts:
        return regression.draw(
            rows, pairs=self.examples + 1, dimensions=self.dimensions, generator=generator, alone=self.alone
        )

    @torch.no_grad()
    def said(self, model: nn.Module, prompts: regression.Prompts) -> Tensor:
        """What the model says of each y after those before it: (rows, pairs)."""
        model.eval()
        device = next(model.parameters()).device
        said: Tensor = model(prompts.x.to(device), prompts.y.to(device)).logits
        return said.cpu()

    def errors(self, model: nn.Module, prompts: regression.Prompts) -> list[float]:
        """Mean square errors, in parts of the targets' mean square."""
        said = self.said(model, prompts)
        return [regression.error(said[:, at], prompts.first(at + 1)) for at in range(said.shape[1])]

    def mispaired(self, prompts: regression.Prompts, *, seed: int) -> regression.Prompts:
        """See `regression.mispaired`."""
        return regression.mispaired(prompts, torch.Generator().manual_seed(seed))

    @property
    def learners(self) -> tuple[str, ...]:
        """Least squares, and simpler ones."""
        return tuple(regression.LEARNERS)

    def learner(self, name: str, prompts: regression.Prompts) -> list[float]:
        """The errors of one of `learners` after no example, one, …."""
        firsts = [prompts.first(pairs) for pairs in range(1, self.examples + 2)]
        return [regression.error(regression.LEARNERS[name](first), first) for first in firsts]

    def distance(self, model: nn.Module, prompts: regression.Prompts) -> float:
        """From least squares: mean square of the difference after all examples, in parts of the targets'."""
        said, best = self.said(model, prompts)[:, -1], regression.least_squares(prompts)
        return float((said - best).square().mean() / prompts.y[:, -1].square().mean())


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """Symbols and signs.

    :param alone: every pair is under a permutation of its own: the null world.
    """

    examples: int
    alone: bool
    name: str = "symbols"

    def model(self, width: int, *, seed: int) -> nn.Module:
        """The shared GPT on tokens."""
        torch.manual_seed(seed)
        return GPT(_config(width, vocabulary=symbol_mapping.VOCABULARY))

    def batches(self, rows: int, *, seed: int) -> Iterator[dict[str, Tensor]]:
        """Permutations drawn anew for every prompt."""
        return symbol_mapping.batches(rows=rows, pairs=self.examples + 1, seed=seed, alone=self.alone)

    def asked(self, count: int, *, seed: int) -> symbol_mapping.Prompts:
        """Under held-out permutations."""
        generator = torch.Generator().manual_seed(seed)
        return symbol_mapping.draw(count, pairs=self.examples + 1, generator=generator, held=True, alone=self.alone)

    @torch.no_grad()
    def errors(self, model: nn.Module, prompts: symbol_mapping.Prompts) -> list[float]:
        """Shares of wrong best guesses, in parts of the share that a blind guess gets wrong."""
        model.eval()
        ids = prompts.ids.to(next(model.parameters()).device)
        wrong = (model(input_ids=ids).logits[:, ::2].argmax(-1) != ids[:, 1::2]).float().mean(0)
        return [float(share) / symbol_mapping.BLIND for share in wrong.tolist()]

    def mispaired(self, prompts: symbol_mapping.Prompts, *, seed: int) -> symbol_mapping.Prompts:
        """See `symbol_mapping.mispaired`."""
        return symbol_mapping.mispaired(prompts, torch.Generator().manual_seed(seed))

    @property
    def learners(self) -> tuple[str, ...]:
        """The best there is."""
        return ("memory",)

    def learner(self, name: str, prompts: symbol_mapping.Prompts) -> list[float]:
        """The errors of a perfect memory after no example, one, …."""
        rights = [symbol_mapping.best_possible(prompts.first(pairs)) for pairs in range(1, self.examples + 2)]
        return [(1 - right) / symbol_mapping.BLIND for right in rights]

    def distance(self, model: nn.Module, prompts: symbol_mapping.Prompts) -> float:
        """From a perfect memory: how much more the model errs after all examples."""
        return self.errors(model, prompts)[-1] - self.learner("memory", prompts)[-1]


def learn(
    world: World, model: nn.Module, *, steps: int, rows: int, rate: float, seed: int, device: str, looks: int
) -> Iterator[tuple[int, float]]:
    """Train `model` on fresh prompts; yields how many it has seen and its error after all examples, `looks` times.

    :raises core.training.train.Diverged: the rate was too high.
    """
    asked = world.asked(VALIDATION, seed=seed + 1)
    every = max(1, steps // looks)
    records = train(
        model,
        world.batches(rows, seed=seed),
        steps=steps,
        learning_rate=rate,
        warmup=max(1, steps // 20),
        final_fraction=0.0,
        weight_decay=0.0,
        device=device,
    )
    for record in records:
        if record.step % every == 0 or record.step == steps:
            yield record.step * rows, world.errors(model, asked)[-1]


def searched_rate(
    cache: Cache, world: World, *, width: int, steps: int, rows: int, rates: Sequence[float], device: str
) -> float:
    """The best rate for a size in a world (`shared_rates`)."""

    def attempt(rate: float) -> float:
        model = world.model(width, seed=shared_rates.SEED)
        looks = learn(world, model, steps=steps, rows=rows, rate=rate, seed=shared_rates.SEED, device=device, looks=1)
        return list(looks)[-1][1]

    recipe = {"of": "in-context", "world": repr(world), "width": width, "steps": steps, "rows": rows, "device": device}
    return shared_rates.shared_rate(cache, recipe, rates, attempt)
