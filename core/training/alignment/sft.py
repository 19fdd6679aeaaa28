"""How does a model come to answer at all? It reads much careless writing, and then a few good examples.

First pre-training on drafts, then supervised fine-tuning on demonstrations (arXiv:2203.02155, step 1), both by the
same loop on the answer's letters alone. Every row is fresh: nothing is read twice, so that nothing is learned by heart.
Stages are kept as shared checkpoints, so that a chart can grow while they are made, and who comes next finds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from core.experiment import Cache
from core.gpt.config import GPTConfig
from core.gpt.loss import IGNORED
from core.gpt.model import GPT
from core.text import preferences
from core.training.train import StepRecord, train

# GPT-2's recipe of a block: at this size its kernels take the least time.
_KIND: dict[str, Any] = {
    "vocab_size": preferences.VOCABULARY,
    "max_position_embeddings": preferences.PROMPT + preferences.LENGTH,
    "position": "learned",
    "norm": "layer",
    "activation": "gelu",
}
SMALL: dict[str, Any] = _KIND | {
    "hidden_size": 48, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 2,
}  # fmt: skip
LARGE: dict[str, Any] = _KIND | {
    "hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 4,
}  # fmt: skip
BASE_STAGES, TUNED_STAGES = 4, 2

Writing = Literal["drafts", "demonstrations"]


@dataclass(frozen=True, kw_only=True)
class Schooling:
    """What makes a supervised policy: everything that its checkpoint is keyed by.

    :param model: keyword arguments of `GPTConfig`.
    :param base_steps: of the pre-training on drafts.
    :param steps: of the fine-tuning on demonstrations.
    :param rows: answers a step.
    :param base_rate, rate: peak learning rates of the two.
    :param care: drafts of which a demonstration is the best.
    """

    model: dict[str, Any]
    base_steps: int
    steps: int
    rows: int = 64
    base_rate: float = 1e-2
    rate: float = 3e-3
    care: int = preferences.CARE
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A checkpoint on the way.

    :param tuned: whether fine-tuning has begun.
    :param done: steps so far, of both together.
    """

    tuned: bool
    done: int
    folder: Path


def batches(writing: Writing, *, rows: int, seed: int, care: int = preferences.CARE) -> Iterator[dict[str, Tensor]]:
    """Endless fresh rows of prompts that may be trained on; only the answers' letters are labels."""
    generator = torch.Generator().manual_seed(seed)
    write = preferences.drafts if writing == "drafts" else partial(preferences.demonstrations, care=care)
    while True:
        prompts = preferences.prompts(rows, generator)
        ids = torch.cat([prompts, write(prompts, generator)], dim=1)
        labels = ids.clone()
        labels[:, : preferences.PROMPT] = IGNORED
        yield {"input_ids": ids, "labels": labels}


def tune(
    model: nn.Module,
    writing: Writing,
    *,
    steps: int,
    learning_rate: float,
    rows: int,
    seed: int,
    care: int = preferences.CARE,
    device: str = "cpu",
) -> Iterator[StepRecord]:
    """Imitate what a writer writes; yields after each step."""
    data = batches(writing, rows=rows, seed=seed, care=care)
    return train(
        model,
        data,
        steps=steps,
        learning_rate=learning_rate,
        warmup=steps // 10,
        weight_decay=0.01,
        seed=seed,
        device=device,
    )


def stages(cache: Cache, schooling: Schooling, *, device: str = "cpu") -> Iterator[Stage]:
    """Make the supervised policy, or find it: yields each stage, the finished base among them, the policy last."""
    before: Path | None = None
    recipe: dict[str, Any] = {"world": preferences.WORLD, "model": schooling.model, "rows": schooling.rows}
    recipe["seed"] = schooling.seed
    plan: list[tuple[Writing, int, int, float]] = [
        ("drafts", schooling.base_steps, BASE_STAGES, schooling.base_rate),
        ("demonstrations", schooling.steps, TUNED_STAGES, schooling.rate),
    ]
    done = 0
    for writing, steps, parts, rate in plan:
        recipe = recipe | {writing: steps, f"{writing}_rate": rate}
        if writing == "demonstrations":
            recipe = recipe | {"care": schooling.care}
        for part in range(1, parts + 1):
            count = steps * part // parts - steps * (part - 1) // parts
            make = _Make(
                before=before, schooling=schooling, writing=writing, steps=count, rate=rate, part=part, device=device
            )
            before = cache.checkpoint(recipe | {"writing": writing, "part": part, "parts": parts}, make)
            done += count
            yield Stage(tuned=writing == "demonstrations", done=done, folder=before)


@dataclass(frozen=True, kw_only=True)
class _Make:
    """One stage: called with the folder to fill."""

    before: Path | None
    schooling: Schooling
    writing: Writing
    steps: int
    rate: float
    part: int
    device: str

    def __call__(self, folder: Path) -> None:
        seed = 1000 * self.schooling.seed + 10 * self.part + (self.writing == "demonstrations")
        torch.manual_seed(seed)
        model = GPT(GPTConfig(**self.schooling.model)) if self.before is None else load_policy(self.before)
        if self.steps:
            for _ in tune(
                model,
                self.writing,
                steps=self.steps,
                learning_rate=self.rate,
                rows=self.schooling.rows,
                seed=seed,
                care=self.schooling.care,
                device=self.device,
            ):
                pass
        model.save_pretrained(folder)


def load_policy(folder: Path, *, device: str = "cpu") -> GPT:
    """The model of a stage, in evaluation mode."""
    model: Any = GPT.from_pretrained(folder)
    placed: GPT = model.eval().to(device)
    return placed
