"""How does a language model learn? Predict the next token, follow the gradient, again and again.

One readable loop: AdamW (arXiv:1711.05101), a cosine schedule (arXiv:1608.03983) with warm-up (arXiv:1706.02677),
clipped gradients (arXiv:1211.5063), optional bfloat16, gradient accumulation, and checkpoints that resume bit by bit on
a CPU.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.training import checkpoint

Batch = Tensor | Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class StepRecord:
    """What one optimizer step did.

    :param step: 1 for the first.
    :param loss: mean over the step's batches, in nats a token, before the update.
    :param learning_rate: the rate of this step.
    :param gradient_norm: before clipping.
    :param tokens: token positions seen since step 1, this one included.
    :param tokens_per_second: of this step alone; time differs between runs, all else here does not.
    """

    step: int
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: int
    tokens_per_second: float


class Diverged(ArithmeticError):
    """The loss or the gradient is not a finite number. The weights are those before the bad step."""

    def __init__(self, step: int, what: str, value: float) -> None:
        super().__init__(f"{what} is {value} at step {step}; lower the learning rate or lengthen the warm-up")
        self.step = step


def train(
    model: nn.Module,
    batches: Iterator[Batch],
    *,
    steps: int,
    learning_rate: float,
    warmup: int = 0,
    final_fraction: float = 0.1,
    weight_decay: float = 0.1,
    betas: tuple[float, float] = (0.9, 0.95),
    clip: float = 1.0,
    accumulate: int = 1,
    bfloat16: bool = False,
    device: str | torch.device = "cpu",
    seed: int = 0,
    folder: Path | None = None,
    save_every: int = 0,
    resume: bool = False,
) -> Iterator[StepRecord]:
    """Train the parameters that require a gradient; yields after each step, so that a caller can look, chart or stop.

    :param model: a causal LM; or anything that takes `input_ids` and `labels` and returns a `.loss`.
    :param batches: token ids (batch, time); or mappings of the model's arguments, where only some labels count.
    :param steps: optimizer steps in all, those before a resume included.
    :param learning_rate: the peak rate.
    :param warmup: steps of linear rise to the peak; after it a cosine falls to `final_fraction` of the peak.
    :param weight_decay: on matrices and embeddings; vectors (norms, biases) have none.
    :param clip: largest norm of the gradient; 0: no clipping.
    :param accumulate: batches a step.
    :param bfloat16: run the model under bfloat16 autocast; the weights stay as they are.
    :param seed: of dropout.
    :param folder: where the checkpoint goes: after every `save_every` steps (0: never before the end) and at the end.
    :param resume: go on from the checkpoint in `folder` if there is one. `batches` must then start from its beginning:
        what was used is skipped, so that the data goes on where it stopped.
    :raises Diverged: the loss or the gradient is not finite.
    :raises ValueError: values that make no sense, nothing to train, or batches that end too soon.
    :raises core.training.checkpoint.CannotResume: the checkpoint is damaged or of another run.
    """
    if steps < 1 or accumulate < 1 or not 0 <= warmup <= steps:
        raise ValueError(f"steps {steps}, warmup {warmup}, accumulate {accumulate}: need steps ≥ warmup ≥ 0, both ≥ 1")
    model.to(device)
    optimizer = make_optimizer(model, learning_rate=learning_rate, weight_decay=weight_decay, betas=betas)
    trainable = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    torch.manual_seed(seed)

    recipe = {
        "steps": steps, "learning_rate": learning_rate, "warmup": warmup, "final_fraction": final_fraction,
        "weight_decay": weight_decay, "betas": list(betas), "clip": clip, "accumulate": accumulate,
        "bfloat16": bfloat16, "seed": seed,
    }  # fmt: skip
    done, tokens = 0, 0
    if resume and folder is not None and checkpoint.exists(folder):
        done, tokens = checkpoint.restore(folder, model=model, optimizer=optimizer, recipe=recipe)
        for _ in range(done * accumulate):
            _draw(batches, done)

    for step in range(done + 1, steps + 1):
        started = clock.perf_counter()
        rate = scheduled_rate(step, steps=steps, peak=learning_rate, warmup=warmup, final_fraction=final_fraction)
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.train()
        loss, seen = 0.0, 0
        for _ in range(accumulate):
            inputs = _inputs(_draw(batches, step), device)
            with _precision(device, bfloat16):
                part = model(**inputs).loss / accumulate
            part.backward()
            loss += part.item()
            seen += inputs["labels"].numel()
        if not math.isfinite(loss):
            raise Diverged(step, "the loss", loss)
        norm = nn.utils.clip_grad_norm_(trainable, clip if clip > 0 else math.inf).item()
        if not math.isfinite(norm):
            raise Diverged(step, "the gradient's norm", norm)
        optimizer.step()
        optimizer.zero_grad()
        tokens += seen
        if folder is not None and (step == steps or (save_every and step % save_every == 0)):
            checkpoint.save(folder, model=model, optimizer=optimizer, recipe=recipe, step=step, tokens=tokens)
        yield StepRecord(
            step=step,
            loss=loss,
            learning_rate=rate,
            gradient_norm=norm,
            tokens=tokens,
            tokens_per_second=seen / (clock.perf_counter() - started),
        )


def make_optimizer(
    model: nn.Module, *, learning_rate: float, weight_decay: float, betas: tuple[float, float]
) -> torch.optim.AdamW:
    """Fused AdamW over the parameters that require a gradient.

    :raises ValueError: none does.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not trainable:
        raise ValueError("no parameter requires a gradient; unfreeze some or add an adapter")
    groups = [
        {"params": [parameter for parameter in trainable if parameter.ndim >= 2], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=learning_rate, betas=betas, fused=True)


def scheduled_rate(step: int, *, steps: int, peak: float, warmup: int, final_fraction: float) -> float:
    """The learning rate of step 1 to `steps`: a linear rise over `warmup` steps, then a cosine down."""
    if step <= warmup:
        return peak * step / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * (final_fraction + (1 - final_fraction) * (1 + math.cos(math.pi * progress)) / 2)


def _draw(batches: Iterator[Batch], step: int) -> Batch:
    batch = next(batches, None)
    if batch is None:
        raise ValueError(f"the batches ended in step {step}; give an endless iterator, or fewer steps")
    return batch


def _inputs(batch: Batch, device: str | torch.device) -> dict[str, Tensor]:
    inputs = {"input_ids": batch, "labels": batch} if isinstance(batch, Tensor) else dict(batch)
    return {name: tensor.to(device) for name, tensor in inputs.items()}


def _precision(device: str | torch.device, bfloat16: bool) -> AbstractContextManager[Any]:
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16) if bfloat16 else nullcontext()
