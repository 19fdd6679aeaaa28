"""How fast may a model write at best, and what holds it back: the memory's bandwidth, or arithmetic?

To write a token a machine reads every weight and every cached key and value, and computes two operations for each. The
roofline (Williams, Waterman and Patterson, doi:10.1145/1498765.1498785; for language models arXiv:2402.16363) says that
neither can take less time than its traffic over the bandwidth, or its operations over the machine's peak. A batch
shares one reading of the weights, but each sequence has its own cache (arXiv:2211.05102).

A small model that stays in the processor's cache is not bound by the main memory: give the bandwidth that was measured
on a tensor of the model's size, and the bound is the cache's. Where both bounds lie far above what is measured, the
time goes to neither, but to calls and other overhead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from core.gpt.config import GPTConfig
from core.gpt.quantize import Quantized


@dataclass(frozen=True, kw_only=True)
class Roofline:
    """What a token costs, and the bounds that follow.

    :param weight_bytes: read for one step, whatever the batch.
    :param cache_bytes: keys and values read for one token of one sequence.
    :param operations: floating-point operations for one token; a multiplication and an addition are two.
    :param batch: sequences that are written side by side.
    :param bandwidth: bytes a second that the machine can read.
    :param peak: operations a second of the machine in the precision that is computed in; None: not known.
    """

    weight_bytes: int
    cache_bytes: int
    operations: int
    batch: int
    bandwidth: float
    peak: float | None

    @property
    def bytes_per_token(self) -> float:
        """Read for one token: its share of the weights, and its own cache."""
        return self.weight_bytes / self.batch + self.cache_bytes

    @property
    def intensity(self) -> float:
        """Operations for each byte read; where it is below `ridge`, memory is the bound."""
        return self.operations / self.bytes_per_token

    @property
    def ridge(self) -> float | None:
        """The intensity at which the machine's memory and its arithmetic are equally busy."""
        return None if self.peak is None else self.peak / self.bandwidth

    @property
    def memory_bound(self) -> float:
        """Tokens a second, all sequences together, if reading took all the time."""
        return self.bandwidth / self.bytes_per_token

    @property
    def compute_bound(self) -> float | None:
        """Tokens a second if arithmetic took all the time."""
        return None if self.peak is None else self.peak / self.operations

    @property
    def bound_tokens_per_second(self) -> float:
        """The lower of the two bounds."""
        return self.memory_bound if self.compute_bound is None else min(self.memory_bound, self.compute_bound)

    @property
    def bound_by(self) -> str:
        """Which of the two is the lower one, "memory" or "compute"?"""
        return "memory" if self.bound_tokens_per_second == self.memory_bound else "compute"


def roofline(
    found: Quantized[Any], *, tokens: int, bandwidth: float, peak: float | None = None, batch: int = 1
) -> Roofline:
    """The roofline of writing one more token after `tokens` tokens, with the cache in the precision of activations.

    :raises ValueError: a batch, a number of tokens, a bandwidth or a peak that makes no sense.
    """
    if tokens < 0:
        raise ValueError(f"tokens {tokens} is no length of a text; choose 0 or more")
    for name, value in (("batch", batch), ("bandwidth", bandwidth), ("peak", peak)):
        if value is not None and value <= 0:
            raise ValueError(f"{name} {value} bounds nothing; it must be above 0")
    config = found.model.config
    return Roofline(
        weight_bytes=found.bytes_per_token,
        cache_bytes=cache_bytes(config, tokens=tokens, dtype=found.model.dtype),
        operations=operations_per_token(config, tokens=tokens),
        batch=batch,
        bandwidth=bandwidth,
        peak=peak,
    )


def cache_bytes(config: GPTConfig, *, tokens: int, dtype: torch.dtype) -> int:
    """Bytes of keys and values for `tokens` tokens of one sequence; each new token reads them all."""
    return 2 * sum(_seen(config, tokens)) * config.num_key_value_heads * config.head_dim * dtype.itemsize


def operations_per_token(config: GPTConfig, *, tokens: int) -> int:
    """Floating-point operations of the matrix products for one token that looks back on `tokens` others and on itself.

    Norms, activations and positions are left out, as is usual (arXiv:2001.08361).
    """
    query, key = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
    projections = config.hidden_size * (2 * query + 2 * key)
    feed_forward = config.hidden_size * config.intermediate_size * (3 if config.activation == "swiglu" else 2)
    weights = config.num_hidden_layers * (projections + feed_forward) + config.hidden_size * config.vocab_size
    # Queries with keys, and their maps with values.
    attention = 2 * query * sum(_seen(config, tokens + 1))
    return 2 * (weights + attention)


def _seen(config: GPTConfig, tokens: int) -> list[int]:
    """How many of `tokens` tokens each layer looks at."""
    return [
        tokens if kind == "full_attention" else min(tokens, config.sliding_window or tokens)
        for kind in config.layer_types
    ]
