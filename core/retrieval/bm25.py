"""How much do passages share with a question, when rare words count more and long passages must not win by length?

BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", section 3.4). A passage of
n terms, in which a term stands f times, is worth to a question

    sum over the question's terms of  rarity * f (k1 + 1) / (f + k1 (1 - b + b n / m))
    with  rarity = ln(1 + (N - d + 1/2) / (d + 1/2))

where m is the mean length of the N passages, and d of them have the term. The 1 within the logarithm, as in Lucene,
keeps a term that most passages have from counting against them.

Passages that were chosen by their words have those words more often than the collection that they come from; then the
caller names the rarities, which the libraries for BM25 do not take.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from core.retrieval.passage import Passage, Ranked
from core.retrieval.words import terms_of

K1 = 1.2  # how soon a further mention of a term adds nothing; 1.2 to 2 are usual
B = 0.75  # how much a long passage is held to its length; 0 not at all, 1 wholly


class BM25:
    """Ranks passages by the terms that they share with a question; for one question as well as for thousands.

    :param passages: in any number, also none. Of two with the same score the one that was named first comes first.
    :param terms: takes a text apart into the terms that are compared; by default words without case, endings and those
        that every text has.
    :param rarity: what sharing a term is worth; by default its rarity among these passages. One that is not in it is
        worth nothing.
    :param k1, b: see above.
    :raises ValueError: `k1` is negative or `b` not from 0 to 1.
    """

    def __init__(
        self,
        passages: Iterable[Passage],
        *,
        terms: Callable[[str], Sequence[str]] = terms_of,
        rarity: Mapping[str, float] | None = None,
        k1: float = K1,
        b: float = B,
    ) -> None:
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"k1 {k1} must not be negative, and b {b} must be from 0 to 1")
        self.passages = tuple(passages)
        self._terms, self._k1 = terms, k1
        counted = [Counter(terms(passage.text)) for passage in self.passages]
        lengths = np.array([count.total() for count in counted], dtype=np.float64)
        mean = lengths.mean() if lengths.any() else 1.0
        self._norms = k1 * (1 - b + b * lengths / mean)
        places: dict[str, list[tuple[int, int]]] = {}
        for place, count in enumerate(counted):
            for term, times in count.items():
                places.setdefault(term, []).append((place, times))
        self._places = {term: np.array(found) for term, found in places.items()}
        self._rarity = rarity

    def rarity(self, term: str) -> float:
        """What sharing this term is worth."""
        if self._rarity is not None:
            return self._rarity.get(term, 0.0)
        return rarity(len(self._places.get(term, ())), len(self.passages))

    def scores(self, question: str) -> np.ndarray:
        """(passages,) float64: what each is worth, 0 where it shares no term; a term counts as often as it is asked."""
        found = np.zeros(len(self.passages))
        for term, asked in Counter(self._terms(question)).items():
            if (having := self._places.get(term)) is None:
                continue
            places, times = having[:, 0], having[:, 1]
            found[places] += asked * self.rarity(term) * times * (self._k1 + 1) / (times + self._norms[places])
        return found

    def rank(self, question: str, limit: int) -> list[Ranked]:
        """At most `limit` passages that share a term with the question, the best first.

        :raises ValueError: `limit` is negative.
        """
        if limit < 0:
            raise ValueError(f"limit {limit} is negative; ask for 0 passages or more")
        scores = self.scores(question)
        best = (-scores).argsort(kind="stable")[:limit]
        return [Ranked(self.passages[place], float(scores[place])) for place in best if scores[place] > 0]


def rarity(having: float, of: float) -> float:
    """The inverse document frequency of a term that `having` of `of` texts have (Robertson and Sparck Jones 1976)."""
    return math.log1p((of - having + 0.5) / (having + 0.5))
