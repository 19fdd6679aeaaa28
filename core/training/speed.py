"""How fast does a model train, compared with others? Turns of real training steps, in one process, in changing order.

What else the machine does meets all models alike, so ratios within a round hold where single speeds do not.
"""

from __future__ import annotations

import random
import time as clock
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from core.training.train import train

WARM = 2  # steps before the first round: they choose kernels, fill caches and make the optimizer's moments


def interleaved_training(
    models: Mapping[str, nn.Module],
    *,
    batch: int,
    time: int,
    vocabulary: int,
    rounds: int,
    bfloat16: bool,
    device: str,
    seed: int,
    compile: bool = False,
) -> dict[str, list[float]]:
    """Tokens a second of each model's step in each round: `[name][round]`.

    Every model takes one step of `train` a round (forward, backward, clipping to 1, fused AdamW), on the same random
    tokens (batch, time). A model of `transformers` fills a key-value cache on the way, unless its `config.use_cache` is
    False. The models are trained, and end on `device`.

    :param vocabulary: token ids are drawn below it.
    :param bfloat16: run the models under bfloat16 autocast.
    :param seed: of the tokens and of the order of turns.
    :param compile: run the models through `torch.compile`.
    :raises ValueError: no model or no round.
    """
    if not models or rounds < 1:
        raise ValueError(f"{len(models)} models, {rounds} rounds: need at least one of each")
    steps = {
        name: train(
            model,
            _noise(vocabulary, batch=batch, time=time, seed=seed),
            steps=WARM + rounds,
            learning_rate=1e-4,
            bfloat16=bfloat16,
            device=device,
            seed=seed,
            compile=compile,
        )
        for name, model in models.items()
    }
    for turns in steps.values():
        for _ in range(WARM):
            next(turns)
    order = random.Random(seed)
    found: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(rounds):
        for name in order.sample(list(models), len(models)):
            _finish(device)
            began = clock.perf_counter()
            next(steps[name])
            _finish(device)
            found[name].append(batch * time / (clock.perf_counter() - began))
    return found


def _noise(vocabulary: int, *, batch: int, time: int, seed: int) -> Iterator[Tensor]:
    """Endless random token ids (batch, time)."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield torch.randint(vocabulary, (batch, time), generator=generator)


def _finish(device: str) -> None:
    """Wait for what was only handed to the GPU."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
