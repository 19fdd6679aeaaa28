"""What changed from one wording to the next? The words that went, the words that came, and what stayed between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

MOST = 1_000  # words of a text that are compared; the time grows with their square
Kind = Literal["same", "gone", "come"]
_WORD = re.compile(r"\S+")


class Change(NamedTuple):
    """A run of words, joined by single spaces, and what became of it."""

    kind: Kind
    words: str


@lru_cache(maxsize=256)  # a page is drawn anew at each press
def words_changed(before: str, after: str) -> tuple[Change, ...] | None:
    """The later text word by word, with what it has in place of what; None where one is too long to compare."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    return None if max(len(old), len(new)) > MOST else _changed(old, new, " ")


def names_changed(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...] | None:
    """The same of a list of names, each name one word; joined by commas."""
    return None if max(len(before), len(after)) > MOST else _changed(before, after, ", ")


def _changed(old: Sequence[str], new: Sequence[str], joint: str) -> tuple[Change, ...]:
    found: list[Change] = []
    for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Change("same", joint.join(new[start:end])))
            continue
        if first < last:
            found.append(Change("gone", joint.join(old[first:last])))
        if start < end:
            found.append(Change("come", joint.join(new[start:end])))
    return tuple(found)
