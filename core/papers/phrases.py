"""Which phrases of a lexicon stand in a text, whatever their case, hyphens and endings?

Words are compared by a light stem, so that "Fine-tuned", "fine tuning" and "fine-tune" are one phrase. One-word and
two-word phrases are found by one set intersection, longer ones by their first two words; the text is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_IZE = ("ization", "isation", "izing", "ising", "izer", "iser", "ized", "ised", "izes", "ises", "ize", "ise")
_ENDINGS = ("ing", "ed", "ation", "e")


def stem(word: str) -> str:
    """A word without case, plural and the commonest endings; at least three letters are kept.

    Blunt on purpose: both sides of a comparison go through it, and it is never shown.
    """
    found = word.lower()
    if len(found) > 3 and found[-1] == "s" and found[-2] not in "sui":
        found = found[:-1]
    for ending in _IZE:
        if found.endswith(ending) and len(found) - len(ending) >= 4:
            return found.removesuffix(ending) + "iz"
    for ending in _ENDINGS:
        if found.endswith(ending) and len(found) - len(ending) >= 3:
            found = found.removesuffix(ending)
            break
    if len(found) > 4 and found[-1] == found[-2] and found[-1] in "nmtpg":
        found = found[:-1]
    return found


class _Stems(dict[str, str]):
    """A cache of stems. It is emptied when it is full, for texts from outside may hold any number of words."""

    limit = 200_000

    def __missing__(self, word: str) -> str:
        if len(self) >= self.limit:
            self.clear()
        self[word] = found = stem(word)
        return found


_stems = _Stems()


def raw_words(text: str) -> list[str]:
    """The words of `text` as they stand."""
    return _WORD.findall(text)


def stems_of(raw: list[str]) -> list[str]:
    """The stem of each word."""
    return list(map(_stems.__getitem__, raw))


def normal(phrase: str) -> str:
    """The form in which two phrases are compared: stems with single spaces."""
    return " ".join(stems_of(raw_words(phrase)))


def short_phrases(stems: list[str]) -> set[str]:
    """Every phrase of one and of two words, in normal form."""
    found = set(stems)
    found.update(map(" ".join, pairwise(stems)))
    return found


def quote(phrase: str, text: str, raw: list[str], stems: list[str]) -> str | None:
    """How a phrase in normal form stands in a text, or None where it does not.

    :param raw, stems: the words of `text` and their stems.
    """
    parts = phrase.split(" ")
    size, start = len(parts), 0
    while True:
        try:
            start = stems.index(parts[0], start)
        except ValueError:
            return None
        if stems[start : start + size] == parts:
            break
        start += 1
    if size == 1:
        return raw[start]
    for joint in (" ", "-"):
        if (whole := joint.join(raw[start : start + size])) in text:
            return whole
    between = re.search(r"[\W_]+".join(map(re.escape, raw[start : start + size])), text)
    return " ".join(between[0].split()) if between else None


class PhraseIndex:
    """Finds the numbers of the phrases that stand in a text.

    :param phrases: phrases in normal form, each once; a phrase's number is its place.
    :raises ValueError: a phrase is empty, not in normal form, or there twice.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = tuple(phrases)
        self._words: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._longer: dict[int, list[tuple[str, int]]] = {}  # number of the first two words -> longer phrases
        longer = []
        seen: set[str] = set()
        for number, phrase in enumerate(self.phrases):
            if not phrase or phrase != " ".join(phrase.split()) or phrase in seen:
                raise ValueError(f"{phrase!r} is empty, twice there or not in normal form; pass it through normal()")
            seen.add(phrase)
            match phrase.split(" "):
                case [word]:
                    self._words[word] = number
                case [first, second]:
                    self._pairs[first, second] = number
                case [first, second, *_]:
                    longer.append((first, second, phrase, number))
        for first, second, phrase, number in longer:
            # A pair that is no phrase itself gets a number beyond them all.
            head = self._pairs.setdefault((first, second), len(self.phrases) + len(self._longer))
            self._longer.setdefault(head, []).append((f" {phrase} ", number))
        self._heads = frozenset(self._longer)
        self._beyond = frozenset(head for head in self._heads if head >= len(self.phrases))

    def find(self, stems: list[str]) -> set[int]:
        """The numbers of the phrases in a text."""
        found: set[int | None] = set(map(self._words.get, stems))
        found.update(map(self._pairs.get, pairwise(stems)))
        found.discard(None)
        heads = self._heads & found
        if heads:
            line = f" {' '.join(stems)} "
            found.update(number for head in heads for phrase, number in self._longer[head] if phrase in line)
            found -= self._beyond
        return found  # type: ignore[return-value]  # None was discarded
