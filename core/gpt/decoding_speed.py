"""How fast does a model write at batch 1, and how fast could memory alone let it?

Models that are compared take turns in short bursts, in an order that changes, so that what else the machine does meets
them alike. The bound is memory bandwidth over the bytes that a token reads (the roofline of decoding); a model that
fits into the processor's cache can be above it.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Mapping

import torch
from torch import Tensor

from core.gpt.generate import stream
from core.gpt.model import GPT

BURST = 8  # tokens a turn
PROMPT = 8  # tokens read before the first


def interleaved_speeds(
    models: Mapping[str, GPT], *, tokens: int, seed: int, seconds: float = math.inf
) -> dict[str, float]:
    """Tokens a second of each model: one over the median time of a token, the first of each turn left out.

    :param tokens: how many each model writes, rounded up to whole turns.
    :param seed: of the prompt and of the order of turns.
    :param seconds: no round of turns begins later than this after the first; there is one at least.
    """
    vocabulary = min(model.config.vocab_size for model in models.values())
    prompt = torch.randint(vocabulary, (1, PROMPT), generator=torch.Generator().manual_seed(seed))
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
    return {name: 1 / statistics.median(found) for name, found in spent.items()}


def _turn(model: GPT, prompt: Tensor, *, tokens: int) -> list[float]:
    """Seconds of each of `tokens` tokens after the first, which also reads the prompt."""
    found = []
    last = None
    for _token in stream(model, prompt, max_new_tokens=tokens + 1):
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        if last is not None:
            found.append(now - last)
        last = now
    return found


def memory_bandwidth(device: str, *, mebibytes: int = 128, repeats: int = 5) -> float:
    """Bytes a second that copying a large tensor moves, read and written; the best of `repeats`."""
    source = torch.ones(mebibytes * 2**20, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = float("inf")
    for _ in range(repeats + 1):
        if device == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        target.copy_(source)
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return 2 * source.numel() / best
