"""What does it bring to draw n completions and keep the one that a reward likes best? Rejection sampling, counted.

From N completions of a prompt every n up to N can be judged without drawing again: the chance that one of them is the
best of n drawn without replacement is known, so that the mean over all choices of n is a weighted sum. That is the
unbiased estimator of WebGPT (arXiv:2112.09332) and of the scaling laws of over-optimisation (arXiv:2210.10760, appendix
on best-of-n). The same holds for the median of n, which Llama 2 (arXiv:2307.09288, figure 7) draws beside the maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom, rankdata

Array = NDArray[np.float64]

BLIND = 4096  # times that random numbers pick: one pick a prompt is as noisy as one answer a prompt


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What the best of n is like, the mean over prompts.

    :param kl: an upper bound, in nats (`kl_bound`).
    :param highest, median: of the rewards of the n.
    :param gold: of the completion whose reward is the highest.
    :param random_gold: of one whose reward is not asked: random numbers pick it.
    """

    n: int
    kl: float
    highest: float
    median: float
    gold: float
    random_gold: float


def kl_bound(n: int) -> float:
    """How far best-of-n is from the policy that it draws from, at most: log n − (n − 1) / n, in nats.

    It is the divergence itself where no two completions have the same reward and none is likely; else the divergence
    is smaller (arXiv:2401.01879).

    :raises ValueError: n below 1.
    """
    if n < 1:
        raise ValueError(f"the best of {n} completions does not exist; draw 1 or more")
    return math.log(n) - (n - 1) / n


def pick_chances(scores: Array, *, n: int, rank: int) -> Array:
    """The chance of each completion to be the one with the `rank`-th lowest score among n of its row.

    The n are drawn without replacement. Equal scores share their chance.

    :param scores: (rows, N).
    :param rank: n for the best, 1 for the worst.
    :returns: (rows, N); each row sums to 1.
    :raises ValueError: not 1 ≤ rank ≤ n ≤ N, or a score that is not finite.
    """
    count = scores.shape[1]
    if not 1 <= rank <= n <= count:
        raise ValueError(f"rank {rank} of {n} drawn from {count}: need 1 ≤ rank ≤ n ≤ N")
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a finite number; look at the reward model")
    below = rankdata(scores, method="min", axis=1).astype(int) - 1
    up_to = rankdata(scores, method="max", axis=1).astype(int)
    # The rank-th lowest of n is among the m lowest of all, if at least `rank` of the n are.
    among = hypergeom.sf(rank - 1, count, np.arange(count + 1), n)
    return np.asarray((among[up_to] - among[below]) / (up_to - below))


def expected_best(scores: Array, values: Array, *, n: int) -> Array:
    """The mean value of the completion with the highest score, over all choices of n: (rows,).

    :param scores, values: (rows, N); with `values` equal to `scores` it is the expected maximum.
    """
    return np.asarray((pick_chances(scores, n=n, rank=n) * values).sum(axis=1))


def expected_median(scores: Array, *, n: int) -> Array:
    """The mean of the median score, over all choices of n: (rows,)."""
    middle = {(n + 1) // 2, n // 2 + 1}
    return np.asarray(sum((pick_chances(scores, n=n, rank=rank) * scores).sum(axis=1) for rank in middle) / len(middle))


def best_of(scores: Array, gold: Array, *, n: int, seed: int) -> Picked:
    """Judge best-of-n by the completions of many prompts.

    :param scores: (prompts, N), the rewards that pick.
    :param gold: (prompts, N), what the completions are worth.
    :param seed: of the random numbers that pick for the control.
    """
    prompts, count = gold.shape
    blind = gold[np.arange(prompts), np.random.default_rng(seed).integers(count, size=(BLIND, prompts))]
    return Picked(
        n=n,
        kl=kl_bound(n),
        highest=float(expected_best(scores, scores, n=n).mean()),
        median=float(expected_median(scores, n=n).mean()),
        gold=float(expected_best(scores, gold, n=n).mean()),
        random_gold=float(blind.mean()),
    )
