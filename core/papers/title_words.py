"""Which words and phrases does a title have?

A phrase is one to three words side by side, with nothing but spaces, hyphens or quotes between them, that neither
begins nor ends with a stop word: `chain of thought`, `retrieval-augmented generation`. Numbers and single letters make
no phrase without another word. Words are compared without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 3  # words of a phrase
# What a piece counts as: a word, one that begins and ends no phrase, one that makes none without another.
WORD, STOP, WEAK = 0, 1, 2

# A word, a command of LaTeX, or a mark between words; spaces, hyphens and quotes part nothing.
_PIECE = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\\[A-Za-z]*|[^\s\w\-‐‑–\"“”‘’'`\\]+")
# Function words of the languages in which titles come, and what half of all titles say of themselves.
_STOP_WORDS = """
a about across after against all also am among amid an and any are as at based be been before being between beyond
both but by can cannot could did do does doing done don't down during each either else ever every few for from further
get gets give given had has have having he her here his how however if in instead into is it its itself just less let
lets like make makes making many may me might more most much must my near need needs neither nor not now of off often
on once one only onto or other our out over own per same she should since so some still such take takes than that the
their them then there these they this those through thus to too toward towards under until up upon us use used uses
using versus very via vs was we well were what when where whether which while who whom whose why will with within
without would yet you your approach approaches comprehensive effective efficient evaluating exploring improved
improving investigating method methods new novel paper papers proposed revisiting rethinking simple studies study
technical und der die das für von le la les des une pour et sur en de el los las una para con y
"""
_STOP = frozenset(_STOP_WORDS.split())


class Phrase(NamedTuple):
    """A phrase in lower case, its words parted by spaces, and as the title writes it."""

    words: str
    written: str


def pieces(title: str) -> list[str]:
    """The words of a title in lower case, in their order, and what stands between them where it parts them."""
    return _PIECE.findall(title.lower())


def kind_of(piece: str) -> int | None:
    """What a piece counts as; None parts two phrases."""
    if not piece[0].isalnum():
        return None
    if piece in _STOP:
        return STOP
    return WEAK if piece.isdecimal() or (len(piece) == 1 and piece.isascii()) else WORD


def is_phrase(kinds: tuple[int | None, ...]) -> bool:
    """Whether words of these kinds, side by side, are a phrase."""
    return None not in kinds and STOP not in (kinds[0], kinds[-1]) and WORD in kinds


def phrases(title: str) -> Iterator[Phrase]:
    """The phrases of a title, from the first word on, the shorter before the longer; one may come twice."""
    found = list(_PIECE.finditer(title))
    words = [piece.group().lower() for piece in found]
    kinds = [kind_of(word) for word in words]
    for first in range(len(found)):
        for last in range(first, min(first + LONGEST, len(found))):
            if is_phrase(tuple(kinds[first : last + 1])):
                written = title[found[first].start() : found[last].end()]
                yield Phrase(" ".join(words[first : last + 1]), written)
