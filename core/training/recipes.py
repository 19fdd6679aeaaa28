"""How were the models that ship with the project made? Each recipe is data; `core.training.following` follows it.

A recipe has one or more phases. A long one keeps its rate in most phases and lowers it in the last (warm-up, stable,
decay: arXiv:2404.06395). Importing this module costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

REPEATED = "repeated"


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One part of a training.

    :param learning_rate: the peak.
    :param warmup: steps up to it; in a later phase a few, in which the optimizer learns its moments anew.
    :param final_fraction: a cosine falls to this fraction of the peak; 1: it stays.
    :param bfloat16: under bfloat16 autocast, or in float32: whichever the machine of this phase is fast at.
    """

    steps: int
    learning_rate: float
    warmup: int
    final_fraction: float = 0.1
    bfloat16: bool


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that makes a house model, besides the Python whose texts it reads.

    :param model: keyword arguments of `GPTConfig`; `max_position_embeddings` is also the length of a row.
    :param rows: rows a batch of each kind: "prose", "code", a task's id, or "repeated" (random pieces, repeated in the
        row, with a period of their own).
    :param held_out: fraction of the real documents that the model never sees.
    :param characters: how much of each task is made.
    :param tokenizer_characters: how much of each task the tokenizer is trained on, beside all real text.
    :param look_every: steps between looks at the held-out texts.
    :param log_every: the finished log keeps one step in so many.
    """

    name: str
    model: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    phases: tuple[Phase, ...]
    weight_decay: float = 0.1
    seed: int = 0
    held_out: float = 0.1
    characters: int = 3_000_000
    tokenizer_characters: int = 250_000
    save_every: int = 100
    look_every: int = 500
    log_every: int = 20

    @property
    def steps(self) -> int:
        """Of all phases."""
        return sum(phase.steps for phase in self.phases)

    def as_json(self) -> dict[str, Any]:
        """As it stands on a card."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return found


_TASKS = ("arithmetic", "facts", "instructions", "korean", "mapping", "retrieval", "translation")
# One mixture and one vocabulary for all, so that a small model can draft for a larger one.
_ROWS = {"prose": 5, "code": 11, REPEATED: 2} | dict.fromkeys(_TASKS, 2)
_VOCABULARY = 3072
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="nano",
            model={
                "vocab_size": _VOCABULARY,
                "hidden_size": 128,
                "intermediate_size": 384,
                "num_hidden_layers": 4,
                "num_attention_heads": 4,
                "max_position_embeddings": 256,
            },
            rows=_ROWS,
            phases=(Phase(steps=2500, learning_rate=3e-3, warmup=150, bfloat16=False),),
        ),
        Recipe(
            name="micro",
            model={
                "vocab_size": _VOCABULARY,
                "hidden_size": 192,
                "intermediate_size": 512,
                "num_hidden_layers": 7,
                "num_attention_heads": 6,
                "max_position_embeddings": 256,
            },
            rows=_ROWS,
            phases=(
                Phase(steps=700, learning_rate=2e-3, warmup=100, final_fraction=1, bfloat16=False),
                Phase(steps=4400, learning_rate=2e-3, warmup=20, final_fraction=1, bfloat16=False),
                Phase(steps=1700, learning_rate=2e-3, warmup=20, final_fraction=0.05, bfloat16=False),
            ),
        ),
    )
}
