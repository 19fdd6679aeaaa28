"""How does a language model learn? Predict the next token, follow the gradient, again and again.

One readable loop: AdamW (arXiv:1711.05101), a cosine schedule (arXiv:1608.03983) with warm-up (arXiv:1706.02677),
clipped gradients (arXiv:1211.5063), optional bfloat16, gradient accumulation, several processes, and checkpoints that
resume bit by bit on the machine that wrote them.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.training import checkpoint
from core.training.compiling import compiled
from core.training.flops import TrainingFlops
from core.training.inputs import Arguments, Batch, draw, label_count, moved, positions
from core.training.parallel import Processes
from core.training.peaks import peak_flops
from core.training.precision import autocast, tensor_float32


@dataclass(frozen=True, kw_only=True)
class StepRecord:
    """What one optimizer step did.

    :param step: 1 for the first.
    :param loss: mean over all labels of the step, in nats a token, before the update.
    :param learning_rate: the rate of this step.
    :param gradient_norm: before clipping.
    :param tokens: token positions seen since step 1, this one included.
    :param tokens_per_second: of this step alone. This and what follows differs between runs, all above does not.
    :param flops_per_second: what the model needs for these tokens (`TrainingFlops`); None: its shape is not known.
    :param mfu: model FLOPs utilization (arXiv:2204.02311), the fraction of what the devices can do at best; None: that
        is not known.
    """

    step: int
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: int
    tokens_per_second: float
    flops_per_second: float | None = None
    mfu: float | None = None


class Diverged(ArithmeticError):
    """The loss or the gradient is not a finite number. Weights and checkpoint are those before the bad step."""

    def __init__(self, step: int, what: str, value: float) -> None:
        super().__init__(
            f"{what} is {value} at step {step}; lower the learning rate, lengthen the warm-up, or mend that step's data"
        )
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
    compile: bool = False,
    device: str | torch.device = "cpu",
    processes: Processes | None = None,
    peak: float | None = None,
    seed: int = 0,
    folder: Path | None = None,
    save_every: int = 0,
    resume: bool = False,
) -> Iterator[StepRecord]:
    """Train the parameters that require a gradient; yields after each step, so that a caller can look, chart or stop.

    :param model: a causal LM; or anything that takes `input_ids` and `labels` and returns a `.loss`, the mean over
        labels.
    :param batches: token ids (batch, time); or mappings of the model's arguments, where only some labels count.
    :param steps: optimizer steps in all, those before a resume included.
    :param learning_rate: the peak rate.
    :param warmup: steps of linear rise to the peak; after it a cosine falls to `final_fraction` of the peak.
    :param weight_decay: on matrices and embeddings; vectors (norms, biases) have none.
    :param clip: largest norm of the gradient; 0: no clipping.
    :param accumulate: batches a step. Every label of the step weighs alike, in whichever batch it is.
    :param bfloat16: run the model under bfloat16 autocast; the weights stay as they are.
    :param compile: run the model through `torch.compile`, where there is a compiler.
    :param processes: those that train together (`parallel.join`), each on its own device with its rows of every batch;
        only the first yields and writes. All must be given the same batches.
    :param peak: FLOP/s that one device can do at best, for `mfu`; None: what its maker says, if known.
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
    processes = processes or Processes()
    device = processes.device or torch.device(device)
    model.to(device)
    optimizer = make_optimizer(model, learning_rate=learning_rate, weight_decay=weight_decay, betas=betas)
    trainable = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    flops = TrainingFlops.of(model)
    peak = peak or peak_flops(device, bfloat16=bfloat16)

    recipe = {
        "steps": steps, "learning_rate": learning_rate, "warmup": warmup, "final_fraction": final_fraction,
        "weight_decay": weight_decay, "betas": list(betas), "clip": clip, "accumulate": accumulate,
        "bfloat16": bfloat16, "seed": seed,
    }  # fmt: skip
    done, tokens = 0, 0
    if resume and folder is not None and checkpoint.exists(folder):
        done, tokens = checkpoint.restore(folder, model=model, optimizer=optimizer, recipe=recipe)
        for step in range(1, done + 1):
            draw(batches, step=step, count=accumulate)

    # What runs wraps the model; what is saved is the model, so that its weights keep their names.
    running = processes.connected(compiled(model, device) if compile else model)
    optimizer.zero_grad()
    for step in range(done + 1, steps + 1):
        started = clock.perf_counter()
        rate = scheduled_rate(step, steps=steps, peak=learning_rate, warmup=warmup, final_fraction=final_fraction)
        for group in optimizer.param_groups:
            group["lr"] = rate
        seed_dropout(step_seed(seed, step=step, rank=processes.rank), device)
        parts = draw(batches, step=step, count=accumulate)

        model.train()
        with tensor_float32(device):
            mean = add_gradients(running, parts, model=model, device=device, processes=processes, bfloat16=bfloat16)
        norms = nn.utils.clip_grad_norm_(trainable, clip if clip > 0 else math.inf)
        loss, norm = mean.item(), norms.item()  # the only place where the step waits for a GPU
        if not math.isfinite(loss):
            raise Diverged(step, "the loss", loss)
        if not math.isfinite(norm):
            raise Diverged(step, "the gradient's norm", norm)
        optimizer.step()
        optimizer.zero_grad()

        seen = [positions(part) for part in parts]
        seconds = clock.perf_counter() - started
        tokens += sum(count for count, _ in seen)
        speed = None if flops is None else sum(count * flops.a_token(time) for count, time in seen) / seconds
        if not processes.first:
            continue
        record = StepRecord(
            step=step,
            loss=loss,
            learning_rate=rate,
            gradient_norm=norm,
            tokens=tokens,
            tokens_per_second=sum(count for count, _ in seen) / seconds,
            flops_per_second=speed,
            mfu=speed / (peak * processes.count) if speed and peak else None,
        )
        if folder is not None and (step == steps or (save_every and step % save_every == 0)):
            checkpoint.save(folder, model=model, optimizer=optimizer, recipe=recipe, record=asdict(record))
        yield record


def add_gradients(
    running: nn.Module,
    parts: list[Arguments],
    *,
    model: nn.Module,
    device: torch.device,
    processes: Processes,
    bfloat16: bool,
) -> Tensor:
    """Forward and backward through the batches of one step; their gradients add up in the parameters.

    The mean loss of each share of a batch weighs as many labels as it has, so that the sum over batches and processes
    is the mean over all labels of the step.

    :param running: what is called: `model`, or what wraps it.
    :returns: that mean, a scalar on `device`.
    :raises ValueError: no label counts, or a batch has too few rows to share.
    """
    labels = sum(label_count(model, part) for part in parts)
    if not labels:
        raise ValueError("a step has no label that counts, so there is nothing to learn; give other batches")
    losses = []
    for number, part in enumerate(parts, start=1):
        mine = processes.share(part)
        weight = label_count(model, mine) / labels
        with nullcontext() if number == len(parts) else processes.keep_to_itself(running):
            with autocast(device, bfloat16=bfloat16):
                output = running(**moved(mine, device))
            # The mean over no label is nan; a zero that hangs on all parameters keeps the processes in step.
            loss = output.loss * weight if weight else output.logits.sum() * 0
            # Processes average their gradients, and what is wanted is the sum.
            (loss * processes.count).backward()
        losses.append(loss.detach())
    return processes.total(torch.stack(losses).sum())


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


def seed_dropout(seed: int, device: torch.device) -> None:
    """Seed the generators that a step on `device` draws from.

    Not by `torch.manual_seed`, which on a machine without a GPU keeps a stack trace of every call for the first GPU.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)


def step_seed(seed: int, *, step: int, rank: int) -> int:
    """The seed of a step's dropout in a process: a resumed run needs no random state to go on as it would have."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint64)[0])
