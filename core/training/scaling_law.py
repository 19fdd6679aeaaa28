"""Which law do losses follow over sizes and budgets? Fits as the papers make them, on runs that anybody may hand in.

IsoFLOP curves and the growth of the best size with compute are approach 2 of Chinchilla (arXiv:2203.15556); the law
in both size and text is its approach 3, with the irreducible loss known, not fitted. Kaplan et al. (arXiv:2001.08361)
left embeddings out of the count of parameters and of compute, which changes the exponent of small models
(arXiv:2406.12907): both counts are here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Count = Literal["total", "bare"]


@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """One model, trained once.

    :param budget: number of its budget, from 1.
    :param flops: spent, attention and output layer included.
    :param parameters: all of them.
    :param bare: parameters without token and position embeddings.
    :param tokens: seen in training.
    :param loss: held out, in nats a token.
    """

    budget: int
    flops: float
    parameters: float
    bare: float
    tokens: float
    loss: float


@dataclass(frozen=True, kw_only=True)
class PowerLaw:
    """`scale · x ** exponent`."""

    scale: float
    exponent: float

    def at(self, x: float) -> float:
        """Its value at `x`."""
        return self.scale * x**self.exponent


def power_law(x: Sequence[float], y: Sequence[float]) -> PowerLaw:
    """The straight line through the logarithms, by least squares.

    :raises ValueError: fewer than two different x, or a number that is not positive.
    """
    if len(set(x)) < 2 or min((*x, *y)) <= 0:
        raise ValueError("a power law needs two different x, and positive numbers")
    slope, height = np.polyfit(np.log(x), np.log(y), 1)
    return PowerLaw(scale=math.exp(height), exponent=float(slope))


def by_budget(runs: Sequence[TrainedRun]) -> list[list[TrainedRun]]:
    """The runs of each budget, smallest budget first, smallest model first."""
    numbers = sorted({run.budget for run in runs})
    return [sorted((run for run in runs if run.budget == number), key=lambda run: run.parameters) for number in numbers]


def frontier(runs: Sequence[TrainedRun]) -> list[TrainedRun]:
    """The best run of each budget."""
    return [min(same, key=lambda run: run.loss) for same in by_budget(runs)]


def depth(same: Sequence[TrainedRun]) -> float:
    """How far the lower rim of one budget's valley lies above its floor, in nats: the better end less the best between.

    Negative where an end is the best.

    :param same: runs of one budget, by size.
    :raises ValueError: fewer than three sizes.
    """
    if len(same) < 3:
        raise ValueError(f"{len(same)} sizes make no valley; give three or more")
    return min(same[0].loss, same[-1].loss) - min(run.loss for run in same[1:-1])


def best_size(same: Sequence[TrainedRun], *, count: Count) -> float:
    """The lowest point of the parabola through the losses of one budget over log size.

    Where the parabola has no lowest point between the sizes tried, the end at which it is lower.

    :raises ValueError: fewer than three sizes.
    """
    if len(same) < 3:
        raise ValueError(f"{len(same)} sizes fix no parabola; give three or more")
    sizes = np.log([run.bare if count == "bare" else run.parameters for run in same])
    curve = np.polyfit(sizes - sizes.mean(), [run.loss for run in same], 2)
    low, high = sizes.min() - sizes.mean(), sizes.max() - sizes.mean()
    if curve[0] > 0:
        place = float(np.clip(-curve[1] / (2 * curve[0]), low, high))
    else:
        place = float(min((low, high), key=lambda end: np.polyval(curve, end)))
    return math.exp(place + sizes.mean())


def tokens_at(same: Sequence[TrainedRun], size: float, *, count: Count = "total") -> float:
    """How many tokens a model of `size` reads at this budget, read off between the runs.

    :param same: runs of one budget, by size.
    """
    sizes = np.log([run.bare if count == "bare" else run.parameters for run in same])
    return math.exp(float(np.interp(math.log(size), sizes, np.log([run.tokens for run in same]))))


def best_sizes(runs: Sequence[TrainedRun], *, count: Count) -> tuple[list[float], list[float]]:
    """Compute and best size of each budget, both by one count.

    By the bare count compute is 6 · bare parameters · tokens, as Kaplan et al. have it.
    """
    compute, sizes = [], []
    for same in by_budget(runs):
        size = best_size(same, count=count)
        sizes.append(size)
        if count == "total":
            compute.append(float(np.mean([run.flops for run in same])))
        else:
            compute.append(6 * size * tokens_at(same, size, count=count))
    return compute, sizes


def size_exponent(runs: Sequence[TrainedRun], *, count: Count) -> float:
    """How the best size grows with compute: a in `size ∝ compute ** a`. Chinchilla has 0.50, Kaplan et al. 0.73."""
    return power_law(*best_sizes(runs, count=count)).exponent


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The largest budget's best loss, and how far from it each rule was that knew the smaller budgets only (nats).

    :param law: a power law in compute above the irreducible loss.
    :param stop: no more is gained.
    :param line: a straight line in compute.
    :param log_line: a straight line in the logarithm of compute.
    """

    found: float
    law: float
    stop: float
    line: float
    log_line: float

    @property
    def lead(self) -> float:
        """How much nearer than the best of the other rules the power law came, in nats."""
        return min(self.stop, self.line, self.log_line) - self.law


def forecast(runs: Sequence[TrainedRun], *, floor: float) -> Forecast:
    """Fit on all budgets but the largest, and compare with the largest.

    Where a loss has come to the floor nothing is left to fall by a power: the law then foretells the floor.

    :param floor: the irreducible loss.
    :raises ValueError: fewer than three budgets.
    """
    *known, last = frontier(runs)
    if len(known) < 2:
        raise ValueError(f"{len(known) + 1} budgets hold no forecast; give three or more")
    compute, losses = np.array([run.flops for run in known]), np.array([run.loss for run in known])
    law = power_law(compute.tolist(), (losses - floor).tolist()) if losses.min() > floor else None
    line = np.polyfit(compute / last.flops, losses, 1)
    log_line = np.polyfit(np.log(compute / last.flops), losses, 1)
    said = {
        "law": floor + (law.at(last.flops) if law else 0.0),
        "stop": float(losses.min()),
        "line": float(line.sum()),
        "log_line": float(log_line[1]),
    }
    return Forecast(found=last.loss, **{rule: abs(value - last.loss) for rule, value in said.items()})


@dataclass(frozen=True, kw_only=True)
class TwoTermLaw:
    """Reducible loss `a / parameters ** alpha + b / tokens ** beta` (Chinchilla, equation 2)."""

    a: float
    alpha: float
    b: float
    beta: float

    @property
    def size_exponent(self) -> float:
        """How the best size grows with compute, if compute is 6 · parameters · tokens (Chinchilla, equation 4)."""
        return self.beta / (self.alpha + self.beta)


def two_term_law(runs: Sequence[TrainedRun], *, floor: float) -> TwoTermLaw:
    """Chinchilla's approach 3 with a known floor: the Huber loss of log errors, by SciPy.

    :raises ValueError: fewer than four runs, or a loss at or below the floor.
    """
    from scipy.optimize import least_squares

    if len(runs) < 4 or min(run.loss for run in runs) <= floor:
        raise ValueError("four numbers are fitted: give four runs or more, all above the floor")
    sizes = np.log([run.parameters for run in runs])
    tokens = np.log([run.tokens for run in runs])
    found = np.log([run.loss - floor for run in runs])

    def errors(guess: np.ndarray) -> np.ndarray:
        by_size, by_text = guess[0] - guess[1] * (sizes - sizes.mean()), guess[2] - guess[3] * (tokens - tokens.mean())
        return np.asarray(np.logaddexp(by_size, by_text) - found)

    start = (found.mean() - math.log(2), 0.3, found.mean() - math.log(2), 0.3)
    limits = ((-10.0, 0.0, -10.0, 0.0), (10.0, 3.0, 10.0, 3.0))
    fitted = least_squares(errors, start, bounds=limits, loss="huber", f_scale=1e-2).x
    return TwoTermLaw(
        a=math.exp(fitted[0] + fitted[1] * sizes.mean()),
        alpha=float(fitted[1]),
        b=math.exp(fitted[2] + fitted[3] * tokens.mean()),
        beta=float(fitted[3]),
    )
