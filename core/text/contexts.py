"""Which passages does a question come with? Those that a search finds, those of another question, or a chosen few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.text.fact_store import Asked, Ints, Store

# How far along the questions, sorted by town, the one stands whose passages are borrowed: as a rule in another town.
SHUFFLED, ELSEWHERE = 1 / 3, 1 / 2
Told = list[list[int]]


@dataclass(frozen=True, kw_only=True)
class Contexts:
    """The passages of some questions, as the words that they are on, a list a question.

    :param null: the null world: whatever a question would get, it gets the like of another question.
    :param seed: of the order of distractors.
    """

    store: Store
    asked: Asked
    null: bool
    seed: int

    def none(self) -> Told:
        """Closed book."""
        return [[] for _ in self.asked.words]

    def found(self, limit: int) -> Told:
        """What the search finds, the best first."""
        return self._borrowed(limit, ELSEWHERE) if self.null else self.store.search(self.asked, limit)

    def of_others(self, limit: int) -> Told:
        """What the search finds for another question, without what would answer this one."""
        return self._borrowed(limit, SHUFFLED)

    def right(self) -> Ints:
        """The words of the passages that answer."""
        return self.asked.words[_lenders(self.store, self.asked, ELSEWHERE)] if self.null else self.asked.words

    def alone(self) -> Told:
        """The passage that answers, and no other."""
        return [[int(word)] for word in self.right()]

    def among(self, distractors: int, *, place: int | None = None, draw: int = 0) -> Told:
        """The passage that answers among others that the search finds, in any order.

        :param place: where it stands, 0 for the first; anywhere by default.
        :param draw: another one gives another order.
        """
        random = np.random.default_rng((self.seed, distractors, draw))
        nearest = self.store.search(self.asked, distractors + 2)
        stored = [int(passage.id) for passage in self.store.passages]
        told = []
        for own, right, near in zip(self.asked.words, self.right(), nearest, strict=True):
            anything = [stored[at] for at in random.permutation(len(stored))[: 2 * distractors + 2]]
            wrong = [word for word in dict.fromkeys([*near, *anything]) if word not in (own, right)][:distractors]
            row = [wrong[at] for at in random.permutation(len(wrong))]
            row.insert(int(random.integers(len(row) + 1)) if place is None else place, int(right))
            told.append(row)
        return told

    def _borrowed(self, limit: int, part: float) -> Told:
        found = self.store.search(self.asked, limit + 1)
        lenders = _lenders(self.store, self.asked, part)
        return [
            [word for word in found[lender] if word != own][:limit]
            for own, lender in zip(self.asked.words, lenders, strict=True)
        ]


def _lenders(store: Store, asked: Asked, part: float) -> Ints:
    """(questions,) which question's passages each gets."""
    by_town = store.world.town[asked.words].argsort(kind="stable")
    lenders = np.empty_like(by_town)
    lenders[by_town] = np.roll(by_town, max(1, round(part * len(by_town))))
    return lenders


def places(passages: int) -> tuple[Sequence[int], int, int]:
    """The middle places of a context of so many passages, and its first and its last.

    :raises ValueError: fewer than three, which have no middle.
    """
    if passages < 3:
        raise ValueError(f"{passages} passages have no middle; take 3 or more")
    middle = [place for place in range(1, passages - 1) if abs(place - (passages - 1) / 2) <= 1]
    return middle, 0, passages - 1
