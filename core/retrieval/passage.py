"""What is ranked? Passages with names, by anything that can put them in an order for a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Passage:
    """A piece of text that can be quoted.

    :param id: names it among those that are handed over together.
    """

    id: str
    text: str


@dataclass(frozen=True)
class Ranked:
    """A passage and what it is worth as an answer; more is better, and only the order means anything."""

    passage: Passage
    score: float


class Ranker(Protocol):
    """Puts the passages that it was made of in an order for a question."""

    def rank(self, question: str, limit: int) -> list[Ranked]:
        """At most `limit` passages that have anything to do with the question, the best first."""
        ...
