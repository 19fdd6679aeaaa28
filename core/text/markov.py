"""Which text has a known entropy? A language in which the two tokens before decide the chances of the next one.

Scaling laws are about the part of the loss that can still be lost. In real text nobody knows how large it is; here it
is known: the loss less the entropy of the language. What there is to learn comes in a long tail of ever smaller pieces:
the log-chances are a sum of patterns whose weights fall as a power of their rank, so that more parameters and more text
each find a little more (arXiv:2102.06701 derives scaling laws from spectra that fall so).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SETTLED = 1e-13  # change of the stationary chances, summed, at which they are taken to be found
SHARES = np.array([1.0, 0.5, 0.25])  # of the token before, of the one before that, of both together
AT_ONCE = 4096  # rows drawn together: as many as stay in a core's cache


@dataclass(frozen=True, kw_only=True)
class MarkovLanguage:
    """A stationary language of order two.

    :param chances: (vocabulary, vocabulary, vocabulary), the chance of the third token after the first two.
    :param pairs: (vocabulary, vocabulary), how often two tokens stand beside each other; sums to 1.
    """

    chances: Array
    pairs: Array

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return len(self.pairs)

    @property
    def unigram(self) -> Array:
        """How often each token stands anywhere: (vocabulary,)."""
        return np.asarray(self.pairs.sum(axis=0))

    @property
    def unigram_entropy(self) -> float:
        """Nats a token of a reader who knows how often tokens come, and forgets what it has read."""
        return _entropy(self.unigram)

    @property
    def entropy(self) -> float:
        """Nats a token of a reader who knows the language: no model can do better."""
        return float((self.pairs * _row_entropies(self.chances)).sum())

    def floor(self, time: int) -> float:
        """Mean nats a predicted token in windows of `time` tokens, where the second token has only one before it.

        :raises ValueError: windows in which nothing is predicted.
        """
        if time < 2:
            raise ValueError(f"in windows of {time} tokens nothing can be predicted; choose 2 or more")
        second = _entropy(self.pairs) - self.unigram_entropy  # of a token given the one before
        return (second + (time - 2) * self.entropy) / (time - 1)

    def windows(self, count: int, *, time: int, seed: int) -> NDArray[np.int64]:
        """Fresh text: (count, time) token ids, each row drawn by itself from the middle of the language."""
        random = np.random.default_rng(seed)
        found = np.empty((count, time), dtype=np.int64)
        first = random.choice(self.pairs.size, size=count, p=self.pairs.ravel())
        found[:, 0], found[:, 1] = np.divmod(first, self.vocabulary)
        bounds = self.chances.cumsum(axis=2).astype(np.float32)
        for start in range(0, count, AT_ONCE):
            rows = found[start : start + AT_ONCE]
            for place in range(2, time):
                steps = bounds[rows[:, place - 2], rows[:, place - 1]]  # (rows, vocabulary)
                drawn = (steps < random.random((len(rows), 1), dtype=np.float32)).sum(axis=1)
                rows[:, place] = np.minimum(drawn, self.vocabulary - 1)
        return found

    def nats(self, windows: NDArray[np.int64]) -> Array:
        """What the reader who knows the language loses at each predicted token: (rows, time − 1)."""
        one_before = self.pairs / self.pairs.sum(axis=1, keepdims=True)
        second = -np.log(one_before[windows[:, 0], windows[:, 1]])
        rest = -np.log(self.chances[windows[:, :-2], windows[:, 1:-1], windows[:, 2:]])
        return np.concatenate([second[:, None], rest], axis=1)

    def without_order(self) -> MarkovLanguage:
        """The same tokens as often as here, each drawn by itself: nothing can be learned but how often they come."""
        alone = self.unigram
        return MarkovLanguage(chances=np.broadcast_to(alone, self.chances.shape).copy(), pairs=np.outer(alone, alone))


def markov_language(*, vocabulary: int, seed: int, strength: float = 1.5, decay: float = 0.75) -> MarkovLanguage:
    """Draw a language.

    The log-chance of a token is Zipf's law plus three random tables: of the token before, of the one before that with
    half the weight, and of both together with a quarter: what is near matters most. Each is a sum of patterns whose
    weights fall as `rank ** -decay`.

    :param strength: standard deviation of what the context adds to a log-chance; 0: every token by itself.
    :raises ValueError: fewer than two tokens, or a strength or decay below 0.
    """
    if vocabulary < 2 or strength < 0 or decay < 0:
        raise ValueError(f"vocabulary {vocabulary}, strength {strength}, decay {decay}: need at least 2, 0 and 0")
    random = np.random.default_rng(seed)
    weights = np.arange(1, vocabulary + 1) ** -decay
    weights *= strength / np.sqrt((weights**2).sum() * (SHARES**2).sum())

    def codes() -> Array:
        return random.standard_normal((vocabulary, vocabulary))

    before, further, first, second, out = (codes() for _ in range(5))
    one, two, both = SHARES
    seen = one * before[None, :, :] + two * further[:, None, :] + both * first[:, None, :] * second[None, :, :]
    logits = (seen * weights) @ out.T - np.log(np.arange(1, vocabulary + 1))
    logits -= logits.max(axis=2, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(axis=2, keepdims=True)
    return MarkovLanguage(chances=chances, pairs=_stationary(chances))


def _stationary(chances: Array) -> Array:
    """How often each pair of tokens stands in an endless text, by letting the chances run until they settle."""
    size = len(chances)
    pairs = np.full((size, size), 1 / size**2)
    while True:
        after = np.einsum("ab,abc->bc", pairs, chances)
        after /= after.sum()
        if np.abs(after - pairs).sum() < SETTLED:
            return np.asarray(after)
        pairs = after


def _entropy(chances: Array) -> float:
    held = chances[chances > 0]
    return float(-(held * np.log(held)).sum())


def _row_entropies(chances: Array) -> Array:
    return np.asarray(-np.where(chances > 0, chances * np.log(np.maximum(chances, 1e-300)), 0.0).sum(axis=-1))
