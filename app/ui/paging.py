"""Where does a page of a list begin when papers of the pages before it have left the list?

Who goes through unread papers empties the list behind him. A page that was shown stays as it was, and a page that was
not begins after the last paper of the nearest page before it that was: no paper is passed over, whatever was marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from db.arranging import Place


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page as it was shown.

    :param last: the key of its last paper; a list has its papers by falling keys.
    """

    places: tuple[Place, ...]
    last: int


@dataclass
class Pages:
    """The pages of one list that were shown, by their numbers from 1 on.

    :param question: what the list answers.
    """

    question: object
    shown: dict[int, Sheet] = field(default_factory=dict)

    def forget_from(self, page: int) -> None:
        """This page and those after it are to be made anew."""
        self.shown = {number: sheet for number, sheet in self.shown.items() if number < page}

    def begin(self, page: int, keys: Sequence[int], size: int) -> int:
        """At which place among the papers that the list has now a page begins that was not shown."""
        before = max((number for number in self.shown if number < page), default=0)
        return self._after(before, keys) + (page - 1 - before) * size

    def count(self, keys: Sequence[int], size: int) -> int:
        """How many pages there are: those up to the last one that was shown, and what comes after it."""
        last = max(self.shown, default=0)
        return max(1, last + -(-(len(keys) - self._after(last, keys)) // size))

    def _after(self, page: int, keys: Sequence[int]) -> int:
        """How many papers the list has now up to the end of a page that was shown; none up to page 0."""
        return sum(key >= self.shown[page].last for key in keys) if page else 0
