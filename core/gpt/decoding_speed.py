"""How fast does a model write, and how fast could memory alone let it?

Models that are compared take turns in short bursts, in an order that changes, so that what else the machine does meets
them alike. The bound is the bandwidth of reading over the bytes that a token reads (the roofline of decoding), because
decoding hardly writes; a model that fits into the processor's cache can be above it.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from core.gpt.generate import stream
from core.gpt.model import GPT

BURST = 8  # tokens a turn
PROMPT = 8  # tokens read before the first


def interleaved_speeds(
    models: Mapping[str, GPT], *, tokens: int, seed: int, seconds: float = math.inf, batch: int = 1
) -> dict[str, float]:
    """Tokens a second of each model: the batch over the median time of a step, the first two of each turn left out.

    :param tokens: how many each model writes in each row of the batch, rounded up to whole turns.
    :param seed: of the prompt and of the order of turns.
    :param seconds: no round of turns begins later than this after the first; there is one at least.
    """
    vocabulary = min(model.config.vocab_size for model in models.values())
    prompt = torch.randint(vocabulary, (batch, PROMPT), generator=torch.Generator().manual_seed(seed))
    for model in models.values():
        _turn(model, prompt, tokens=1)  # first calls choose kernels and fill caches
    order = random.Random(seed)
    spent: dict[str, list[float]] = {name: [] for name in models}
    began = time.perf_counter()
    for round_ in range(-(-tokens // BURST)):
        if round_ and time.perf_counter() - began > seconds:
            break
        for name in order.sample(list(models), len(models)):
            spent[name] += _turn(models[name], prompt, tokens=BURST)
    return {name: batch / statistics.median(found) for name, found in spent.items()}


def _turn(model: GPT, prompt: Tensor, *, tokens: int) -> list[float]:
    """Seconds of each of `tokens` tokens, after one that takes the prompt to be read and one that takes a plan."""
    found = []
    last = 0.0
    for _token in stream(model, prompt, max_new_tokens=tokens + 2):
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        found.append(now - last)
        last = now
    return found[2:]


def read_bandwidth(device: str, *, mebibytes: int = 128, repeats: int = 5) -> float:
    """Bytes a second that summing a large tensor reads, which is all that decoding does; the best of `repeats`.

    Choose `mebibytes` well above the processor's cache.
    """
    source = torch.ones(mebibytes * 2**18, dtype=torch.float32, device=device)
    return source.nbytes / _best(source.sum, device, repeats)


def _best(work: Callable[[], object], device: str, repeats: int) -> float:
    """The fewest seconds that `work` took, its first call left out."""
    best = math.inf
    for turn in range(repeats + 1):
        if device == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began) if turn else math.inf
    return best
