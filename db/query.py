"""How does what a person typed become a full-text query? Any text has an answer; none is an error.

Words must all stand in the paper; "words in quotes" stand side by side; -word and -"a phrase" must not stand in it;
a word that ends in * (three letters or more before it) is the beginning of a word, and so is every Korean word, whose
particles are written onto it. Everything reaches SQLite inside quotes, so its own operators have no power here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LONGEST = 1_000  # characters of a query that are read
_MOST = 32  # words and phrases of a query that are asked for
_PREFIX_LETTERS = 3
_PIECE = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_HANGUL = re.compile(r"[\uac00-\ud7a3]{2,}")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\0": " "})


class TextQuery(NamedTuple):
    """What FTS5 is asked.

    :param match: the expression to find; None where nothing is asked for.
    :param exclude: the expression that must not match; None where nothing is excluded.
    :param hopeless: there is text, but no word in it that could be looked up: nothing can be found.
    """

    match: str | None
    exclude: str | None
    hopeless: bool = False


def parse_text(text: str | None) -> TextQuery:
    """Read a search box. Blank text asks for nothing and excludes nothing."""
    if text is None or not text.strip():
        return TextQuery(None, None)
    plain = text[:_LONGEST].translate(_QUOTES).encode("utf-8", "replace").decode()
    wanted: list[str] = []
    unwanted: list[str] = []
    for piece in _PIECE.finditer(plain):
        term = _phrase(piece["phrase"]) if piece["phrase"] is not None else _word(piece["word"])
        if term is not None:
            (unwanted if piece["minus"] else wanted).append(term)
    match = " AND ".join(wanted[:_MOST]) or None
    exclude = " OR ".join(unwanted[:_MOST]) or None
    return TextQuery(match, exclude, hopeless=match is None and exclude is None)


def _phrase(text: str) -> str | None:
    return f'"{text}"' if _has_word(text) else None


def _word(text: str) -> str | None:
    """One word; what holds it together (gpt-4, state-of-the-art) makes a phrase of its parts."""
    if not _has_word(text):
        return None
    stem = text.rstrip("*")
    letters = sum(letter.isalnum() for letter in stem)
    begins = (stem != text and letters >= _PREFIX_LETTERS) or _HANGUL.fullmatch(stem) is not None
    return f'"{stem}"*' if begins else f'"{stem}"'


def _has_word(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
