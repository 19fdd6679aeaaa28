"""What does each way to adapt reach on a skill, and at what cost? Methods of `core.gpt.adapters` on a base of skills.

A method is tried at several learning rates on the same rows, chosen by held-out rows, and tested on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.gpt.adapters import attach
from core.gpt.quantize import stored_bytes
from core.text import ciphers
from core.training import adaptation
from core.training.rates import RateSearch
from core.training.skills import Shown, load_base, shown

LOOKS = 4
VALIDATION, TEST = 128, 256  # held-out rows


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What is adapted to what, and how.

    :param base: folder of the base.
    :param skill: of the rows, which have no tag.
    :param method: "full", "lora-1" (LoRA of rank 1), or one of `core.gpt.adapters.METHODS`.
    :param quantized: false: QLoRA's base keeps its 32 bits, which makes it LoRA.
    """

    base: Path
    skill: str
    method: str
    rank: int
    virtual_tokens: int
    steps: int
    batch: int
    seed: int
    device: str
    quantized: bool = True

    def model(self) -> nn.Module:
        """The base, fresh, with what the method trains set to train.

        :raises core.gpt.quantize.Unavailable: QLoRA without bitsandbytes.
        """
        base: Any = load_base(self.base)
        model = base.to(self.device)
        if self.method == "full":
            return model
        torch.manual_seed(self.seed)
        one = self.method == "lora-1"
        plain = one or (self.method == "qlora" and not self.quantized)
        method = "lora" if plain else self.method
        return attach(model, method, rank=1 if one else self.rank, virtual_tokens=self.virtual_tokens)

    def trials(self, rates: RateSearch) -> adaptation.Trials:
        """The search for its rate, by the loss on held-out rows."""
        rows = ciphers.questions(self.skill, VALIDATION, seed=self.seed + 1)
        return adaptation.Trials(
            self.model,
            lambda: ciphers.batches(self.skill, batch=self.batch, seed=self.seed),
            lambda model: shown(model, rows).loss,
            rates=rates,
            steps=self.steps,
            looks=LOOKS,
            seed=self.seed,
            device=self.device,
        )

    def outcome(self, trials: adaptation.Trials) -> Outcome:
        """Test the best moment, once, and count what it costs."""
        model: Any = trials.best_model()
        found = shown(model, asked_rows(self.skill, self.seed))
        inputs = ciphers.questions(self.skill, self.batch, seed=self.seed)
        held = stored_bytes(model) + adaptation.expected_memory(model, inputs).total
        return Outcome(
            shown=found,
            trainable=adaptation.trainable_count(model),
            saved_bytes=adaptation.saved_bytes(model),
            block_bytes=_block_bytes(model),
            training_bytes=held,
            rate=trials.best.rate,
            seconds=trials.best.seconds,
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one method reached.

    :param trainable: how many numbers it trains.
    :param saved_bytes: to keep beside the base.
    :param block_bytes: of the base's blocks, without what the method adds to them.
    :param training_bytes: weights, gradients, the optimizer's moments and activations, counted.
    :param rate: the best learning rate.
    :param seconds: of the training at that rate.
    """

    shown: Shown
    trainable: int
    saved_bytes: int
    block_bytes: int
    training_bytes: int
    rate: float
    seconds: float


def asked_rows(skill: str, seed: int) -> Mapping[str, Any]:
    """Held-out rows without a tag, other than those that choose."""
    return ciphers.questions(skill, TEST, seed=seed)


def _block_bytes(model: Any) -> int:
    if not hasattr(model, "get_base_model"):
        return stored_bytes(model.model.layers)
    layers = model.get_base_model().model.layers
    added = sum(part.numel() * part.element_size() for part in layers.parameters() if part.requires_grad)
    return stored_bytes(layers) - added
