"""How is a model trained so that it costs exactly its budget? A GPT of one width, fresh text, and a count of its work.

A grid of such runs is what scaling laws are read from: at each budget small models read much and large ones little.
Sizes differ in width alone. The batch grows as the square root of the text, for the batch that is still useful grows
with the text and hardly with the model (arXiv:2410.21676); so a step has nine times the tokens that its run has steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from core.gpt.model import GPT
    from core.training.train import StepRecord

RATIO = 3.0  # of a budget to the one before
VOCABULARY = 64
TIME = 32
LAYERS = 1
HEADS = 2
# Wider than the usual 0.02: in layers this narrow that would start a model as one that sees no context.
FIRST_WEIGHTS = 0.1
TOKENS_A_STEP = 9  # for each step of the run


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a width comes to.

    :param parameters: all, token and position embeddings included (input and output share one matrix).
    :param bare: without them.
    :param flops_a_token: of training, attention and output layer included.
    """

    width: int
    parameters: int
    bare: int
    flops_a_token: int

    @classmethod
    def of(cls, width: int) -> Size:
        """Counted from the shape; a test compares it with the model and with what PyTorch counts."""
        matrices = 12 * width**2 * LAYERS
        norms = 2 * width * (2 * LAYERS + 1)
        embeddings = (VOCABULARY + TIME) * width
        products = 6 * (matrices + VOCABULARY * width) + 12 * LAYERS * width * TIME
        bare = matrices + norms
        return cls(width=width, parameters=bare + embeddings, bare=bare, flops_a_token=products)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a budget is spent.

    :param rows: windows of `TIME` tokens a step.
    """

    steps: int
    rows: int
    flops_a_token: int

    @classmethod
    def of(cls, size: Size, *, flops: float) -> Plan:
        """Steps and rows whose product comes nearest to the budget.

        :raises ValueError: the budget does not last for two steps.
        """
        tokens = flops / size.flops_a_token
        rows = max(1, round(math.sqrt(tokens * TOKENS_A_STEP) / TIME))
        steps = round(tokens / (rows * TIME))
        if steps < 2:
            raise ValueError(f"{flops:g} FLOPs are {steps} steps at width {size.width}; choose a larger budget")
        return cls(steps=steps, rows=rows, flops_a_token=size.flops_a_token)

    @property
    def windows(self) -> int:
        """How many windows of text it reads, each once."""
        return self.steps * self.rows

    @property
    def tokens(self) -> int:
        """How many tokens it reads."""
        return self.windows * TIME

    @property
    def flops(self) -> int:
        """What it spends."""
        return self.tokens * self.flops_a_token


def new_model(width: int, *, seed: int) -> GPT:
    """A GPT-2 in small (learned positions, LayerNorm, GELU), with first weights from `seed`."""
    import torch

    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT

    torch.manual_seed(seed)
    config = GPTConfig(
        vocab_size=VOCABULARY,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=TIME,
        position="learned",
        norm="layer",
        activation="gelu",
        initializer_range=FIRST_WEIGHTS,
        use_cache=False,
    )
    return GPT(config)


def spend(model: GPT, plan: Plan, text: Tensor, *, rate: float, device: str) -> Iterator[StepRecord]:
    """Train through the first windows of `text`, each once: (windows, TIME). A tenth of the steps is warm-up.

    :raises ValueError: there is too little text.
    :raises core.training.train.Diverged: the rate was too high.
    """
    from core.training.train import train

    if len(text) < plan.windows:
        raise ValueError(f"{plan.windows} windows are to be read, and there are {len(text)}")
    yield from train(
        model,
        iter(text[: plan.windows].split(plan.rows)),
        steps=plan.steps,
        learning_rate=rate,
        warmup=max(1, plan.steps // 10),
        final_fraction=0.0,
        weight_decay=0.0,
        device=device,
    )
