"""How does a small model come to have several skills, and how well does it show one? For what adapting can bring out.

The base is trained once for each recipe, in stages that are kept as shared checkpoints, so that a chart can grow while
it is made. Its rows are those of `core.text.ciphers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.experiment import Cache
from core.gpt.config import GPTConfig
from core.gpt.loss import token_loss
from core.gpt.model import GPT
from core.text import ciphers
from core.training.train import train

# Rows of 64 and 192 weights: NF4 packs blocks of 64. Rotary positions, because virtual tokens move all others.
MODEL: dict[str, Any] = {
    "vocab_size": ciphers.VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
ROWS = 8  # of each skill in a batch
STAGES = 5
RATE = 5e-3


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How well a model answers.

    :param loss: nats a letter of the answer.
    :param letters: the share of letters guessed right, each after the right ones before it.
    :param answers: the share of answers of which every letter is right, which is what greedy decoding would write.
    """

    loss: float
    letters: float
    answers: float


@torch.no_grad()
def shown(model: nn.Module, rows: Mapping[str, Tensor]) -> Shown:
    """Ask `rows` (see `ciphers.examples`) of a causal model, with an adapter or without one.

    The model is left in evaluation mode.
    """
    model.eval()
    device = next(model.parameters()).device
    ids = rows["input_ids"].to(device)
    # Prefix tuning lives in the cache; prompts may lengthen the row. What is asked stands at its end in any case.
    logits = model(input_ids=ids).logits[:, -ciphers.LENGTH - 1 : -1]
    right = ids[:, -ciphers.LENGTH :]
    hits = logits.argmax(-1) == right
    return Shown(
        loss=token_loss(logits, right, shift=False).item(),
        letters=hits.float().mean().item(),
        answers=hits.all(dim=1).float().mean().item(),
    )


def base_stages(cache: Cache, *, skills: Sequence[str], steps: int, seed: int) -> Iterator[tuple[int, Path]]:
    """Make the base, or find it: yields the steps done so far and the folder of the model after them.

    :param skills: which it learns, in equal parts.
    :param steps: of the whole pre-training.
    """
    recipe = {"base": "ciphers", "model": MODEL, "skills": list(skills), "rows": ROWS, "rate": RATE, "seed": seed}
    before: Path | None = None
    for stage in range(1, STAGES + 1):
        done = steps * stage // STAGES
        parts = {"steps": steps, "stage": stage, "stages": STAGES}
        before = cache.checkpoint(recipe | parts, _Stage(before=before, skills=skills, steps=steps, seed=seed + stage))
        yield done, before


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """One stage of the pre-training: called with the folder to fill."""

    before: Path | None
    skills: Sequence[str]
    steps: int
    seed: int

    def __call__(self, folder: Path) -> None:
        torch.manual_seed(self.seed)
        model = GPT(GPTConfig(**MODEL)) if self.before is None else load_base(self.before)
        count = max(1, self.steps // STAGES)
        records = train(
            model,
            ciphers.mixed_batches(self.skills, rows=ROWS, seed=self.seed),
            steps=count,
            learning_rate=RATE,
            warmup=count // 10,
            weight_decay=0.01,
            seed=self.seed,
        )
        for _ in records:
            pass
        model.save_pretrained(folder)


def load_base(folder: Path) -> GPT:
    """The model of a stage, ready to adapt."""
    model: GPT = GPT.from_pretrained(folder)
    return model
