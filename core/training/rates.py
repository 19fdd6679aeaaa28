"""Which learning rate suits an arm? A search that is the same for all, and that does not stop at the edge of its grid.

One rate for all arms misleads: whichever arm it suits wins. And a best rate at the edge of a grid is no best rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class RateSearch:
    """Hands out rates and takes their scores; where the best stands at an edge, it goes on beyond it.

    >>> search = RateSearch((1e-3, 1e-2))
    >>> for rate in search:
    ...     search.tell(rate, loss_at(rate))
    >>> search.best

    :param rates: to begin with, ascending.
    :param extra: how many more may be tried beyond the edges.
    """

    rates: Sequence[float]
    extra: int = 2
    scores: dict[float, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.rates or list(self.rates) != sorted(set(self.rates)) or self.rates[0] <= 0:
            raise ValueError(f"learning rates must be positive and ascending, not {list(self.rates)}")

    def __iter__(self) -> Iterator[float]:
        """Rates, until the best stands between two worse ones or `extra` is used up. Tell each score before the next.

        :raises ValueError: the score of the rate before was not told.
        """
        left = self.extra
        waiting = list(self.rates)
        while waiting:
            rate = waiting.pop(0)
            yield rate
            if rate not in self.scores:
                raise ValueError(f"the score at rate {rate:g} was not told")
            if not waiting and left and (beyond := self._beyond()) is not None:
                waiting.append(beyond)
                left -= 1

    def tell(self, rate: float, score: float) -> None:
        """The lower the better; one that is not finite is the worst there is."""
        self.scores[rate] = score if math.isfinite(score) else math.inf

    @property
    def best(self) -> float:
        """The rate with the lowest score; the lower rate of two.

        :raises ValueError: at none was the score finite.
        """
        score, rate = min((score, rate) for rate, score in self.scores.items())
        if not math.isfinite(score):
            raise ValueError(f"training diverged at every rate from {min(self.scores):g} to {max(self.scores):g}")
        return rate

    @property
    def at_edge(self) -> bool:
        """Whether the best rate is the lowest or the highest that was tried: a better one may lie beyond."""
        return self.best in (min(self.scores), max(self.scores))

    def _beyond(self) -> float | None:
        """The next rate past the edge at which the best stands, as far away as the last two are apart."""
        tried = sorted(self.scores)
        # Where all diverge, only a lower rate can help.
        best = min(tried, key=lambda rate: (self.scores[rate], rate))
        factor = tried[1] / tried[0] if len(tried) > 1 else math.sqrt(10)
        if best == tried[0]:
            return tried[0] / factor
        if best == tried[-1]:
            return tried[-1] * tried[-1] / tried[-2]
        return None
