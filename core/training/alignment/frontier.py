"""What does each way to please a reward cost in distance from where it began, and when does more of it do harm?

A way is a set of points (KL from the reference in nats, gold reward). Gold grows about as the root of the divergence at
first (arXiv:2204.05862, arXiv:2210.10760), so that the root is the axis on which points are joined and compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Points = Sequence[tuple[float, float]]
CUTS = 8  # equal steps of the root of the divergence at which two ways are compared


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How gold goes as a policy is driven further, and whether it turns.

    :param rise: gold at its peak less gold at the start.
    :param fall: gold at its peak less gold at the end.
    :param proxy_after: by how much the proxy rises from the peak to the end.
    """

    rise: float
    fall: float
    proxy_after: float

    @property
    def depth(self) -> float:
        """The smaller of rise and fall; 0 where the proxy did not rise on: then it is no over-optimisation."""
        return min(self.rise, self.fall) if self.proxy_after > 0 else min(0.0, self.rise)


def gold_at(points: Points, kl: float) -> float:
    """Gold at a divergence, on the straight line between the neighbours, over its root.

    :param points: in any order.
    :raises ValueError: no point at or below `kl`, or none at or above it.
    """
    ordered = sorted(points)
    if not ordered or not ordered[0][0] <= kl <= ordered[-1][0]:
        raise ValueError(f"no points on both sides of a divergence of {kl:.3g} nats")
    below = max((point for point in ordered if point[0] <= kl), key=lambda point: point[0])
    above = min((point for point in ordered if point[0] >= kl), key=lambda point: point[0])
    span = math.sqrt(above[0]) - math.sqrt(below[0])
    share = (math.sqrt(kl) - math.sqrt(below[0])) / span if span else 0.0
    return below[1] + share * (above[1] - below[1])


def shared_reach(one: Points, other: Points) -> float:
    """The largest divergence that both ways reach."""
    return min(max(kl for kl, _gold in points) for points in (one, other))


def lead(one: Points, other: Points) -> float:
    """How much more gold one way has at equal divergence: the mean over equal steps of its root, up to where both go.

    :param one, other: each with the point (0, gold of the reference), from which both begin.
    """
    top = math.sqrt(shared_reach(one, other))
    steps = [(top * cut / CUTS) ** 2 for cut in range(1, CUTS)] + [shared_reach(one, other)]
    return math.fsum(gold_at(one, kl) - gold_at(other, kl) for kl in steps) / CUTS


def turn(first: Sequence[float], second: Sequence[float], proxy: Sequence[float]) -> Turn:
    """Does gold rise and fall again while a policy is driven on?

    The peak is chosen on one half of the prompts and measured on the other, and the other way round: the highest of
    several noisy numbers is high partly by chance, and a curve that only rises would seem to fall.

    :param first, second: gold of the two halves at each look, the start first.
    :param proxy: of all prompts.
    :raises ValueError: no look, or not as many of each.
    """
    if not first or not len(first) == len(second) == len(proxy):
        raise ValueError(f"{len(first)}, {len(second)} and {len(proxy)} looks: need as many of each, and one at least")
    rises, falls, rest = [], [], []
    for chooser, judge in ((first, second), (second, first)):
        peak = max(range(len(chooser)), key=lambda look: chooser[look])
        rises.append(judge[peak] - judge[0])
        falls.append(judge[peak] - judge[-1])
        rest.append(proxy[-1] - proxy[peak])
    return Turn(rise=sum(rises) / 2, fall=sum(falls) / 2, proxy_after=sum(rest) / 2)
