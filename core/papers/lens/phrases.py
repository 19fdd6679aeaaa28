"""What are the words of a text, and when are two spellings one phrase?

Words are compared by a light stem, so that "Fine-tuned", "fine tuning" and "fine-tune" are one phrase. Which phrases
of a list stand in a text is the matter of core.papers.lens.phrase_index.
"""

from __future__ import annotations

import re
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
# ASCII alone: everything that is not of a word becomes a blank, by the rule of _WORD.
_BLANKED = "".join(character if character.isalnum() else " " for character in map(chr, range(128)))
_IZE = ("ization", "isation", "izing", "ising", "izer", "iser", "ized", "ised", "izes", "ises", "ize", "ise")
_ENDINGS = ("ing", "ed", "ation", "e")
_DOUBLED = "nmtpg"
SHED = 8  # letters that stem() takes away at most: a plural, the longest ending, one of a double letter


def stem(word: str) -> str:
    """A word without case, plural and the commonest endings; at least three letters are kept.

    Blunt on purpose: both sides of a comparison go through it, and it is never shown.
    """
    found = word.lower()
    if len(found) > 3 and found[-1] == "s" and found[-2] not in "sui":
        found = found[:-1]
    if found.endswith(_IZE):
        for ending in _IZE:
            if found.endswith(ending) and len(found) - len(ending) >= 4:
                return found.removesuffix(ending) + "iz"
    for ending in _ENDINGS:
        if found.endswith(ending) and len(found) - len(ending) >= 3:
            found = found.removesuffix(ending)
            break
    if len(found) > 4 and found[-1] == found[-2] and found[-1] in _DOUBLED:
        found = found[:-1]
    return found


def forms(stemmed: str) -> list[str]:
    """Every word in lower case of which `stemmed` is the stem."""
    whole = [stemmed]
    if stemmed[-1] in _DOUBLED:
        whole.append(stemmed + stemmed[-1])
    grown = [word + ending for word in whole for ending in ("", *_ENDINGS)]
    if stemmed.endswith("iz"):
        grown += [stemmed[:-2] + ending for ending in _IZE]
    words = dict.fromkeys(word + plural for word in grown for plural in ("", "s"))
    return [word for word in words if stem(word) == stemmed]


class _Stems(dict[str, str]):
    """A cache of stems. Texts from outside may hold any words: it is emptied when full and keeps no long ones."""

    limit = 50_000
    longest = 40

    def __missing__(self, word: str) -> str:
        found = stem(word)
        if len(word) <= self.longest:
            if len(self) >= self.limit:
                self.clear()
            self[word] = found
        return found


_stems = _Stems()


def raw_words(text: str) -> list[str]:
    """The words of `text` as they stand: runs of letters and digits."""
    # The same words by both ways; this one is four times as fast, and nearly all abstracts are ASCII.
    return text.translate(_BLANKED).split() if text.isascii() else _WORD.findall(text)


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


def spelling(words: list[str], text: str) -> str:
    """How to quote words that follow each other in `text`: with blanks or hyphens where they stand so anywhere."""
    if len(words) == 1:
        return words[0]
    for joint in (" ", "-"):
        if (whole := joint.join(words)) in text:
            return whole
    between = re.search(r"[\W_]+".join(map(re.escape, words)), text)
    return " ".join(between[0].split()) if between else " ".join(words)


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
            return spelling(raw[start : start + size], text)
        start += 1
