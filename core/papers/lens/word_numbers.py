"""Which word of a list is each word of a long text, whatever its case and ending?

Words are compared by their stem, but no word is stemmed: every form that a stem of the list can have stands in a hash
table. A form of up to 16 ASCII letters and digits is two 64-bit numbers there, and all words of a text are cut out,
packed and looked up at once by NumPy. The few others are stemmed one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from core.papers.lens.phrases import SHED, forms, stem

_HALF = 8  # bytes in one 64-bit number
# Odd numbers of many set bits, from the golden ratio and a prime of xxHash, spread the words over the table.
_SPREAD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_HALF + 1)], dtype=np.uint64)
# Of each ASCII character: itself in lower case if it is of a word, or else 0.
_SHADOWS = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 0 for code in range(256))
_ODD, _WALL = 0xFF, 0xFE  # in the place of a letter beyond ASCII, and of a wall


class Words(NamedTuple):
    """The words of a text, in order; three int64 arrays of one length.

    :param numbers: 0 for a word that is not of the list, and for a wall.
    :param starts, ends: in characters of the text.
    """

    numbers: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


class WordNumbers:
    """Numbers the words of texts.

    :param stems: the number, from 1, of each stem of the list.
    """

    def __init__(self, stems: Mapping[str, int]) -> None:
        self._stems = stems
        self._longest = max(map(len, stems), default=0) + SHED
        pairs = [(form, number) for each, number in stems.items() if each.isascii() for form in forms(each)]
        pairs = [pair for pair in pairs if len(pair[0]) <= 2 * _HALF]
        # Form 0 is none: no word has two halves of 0.
        packed = (
            np.array([b"", *(form.encode() for form, _ in pairs)], dtype=f"S{2 * _HALF}").view("<u8").reshape(-1, 2)
        )
        self._first, self._second = packed[:, 0].copy(), packed[:, 1].copy()
        self._number = np.array([0, *(number for _, number in pairs)], dtype=np.int64)
        bits = max(1, (6 * len(pairs)).bit_length())  # mostly empty, so that few words share a slot
        self._shift = np.uint64(64 - bits)
        table = np.zeros(1 << bits, dtype=np.min_scalar_type(len(pairs)))
        form = np.arange(1, len(pairs) + 1)
        slots = self._slots(self._first[1:], self._second[1:])
        while form.size:
            # One of those that come upon a free slot has it; the others, and who finds it taken, go on to the next.
            free = np.flatnonzero(table[slots] == 0)
            table[slots[free]] = form[free]
            on = table[slots] != form
            slots, form = (slots[on] + 1) % len(table), form[on]
        self._table = table

    def read(self, text: str, walls: Sequence[int] | np.ndarray) -> Words:
        """The words of a text: runs of letters and digits.

        :param walls: places of blanks between blanks, each of which is to stand as a word of no list.
        """
        shadow, odd = _shadow(text, walls)
        inside = shadow != 0
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        starts, ends = edges[::2], edges[1::2]
        sizes = ends - starts
        halves = np.ndarray((len(shadow) - _HALF + 1,), dtype="<u8", buffer=shadow.data, strides=(1,))
        first = halves[starts + 1] & _MASKS.take(sizes, mode="clip")
        second = np.zeros_like(first)
        long = np.flatnonzero(sizes > _HALF)
        second[long] = halves[starts[long] + _HALF + 1] & _MASKS.take(sizes[long] - _HALF, mode="clip")
        numbers = self._look_up(first, second)

        alone = sizes > 2 * _HALF
        numbers[alone] = 0
        alone &= sizes <= self._longest
        alone[starts.searchsorted(odd, side="right") - 1] = True
        for place in np.flatnonzero(alone).tolist():
            numbers[place] = self._stems.get(stem(text[starts[place] : ends[place]]), 0)
        return Words(numbers, starts, ends)

    def _look_up(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """The numbers of words in two halves."""
        slots = self._slots(first, second)
        form = self._table[slots]
        numbers = self._number[form]
        other = (self._first[form] != first) | (self._second[form] != second)
        numbers *= ~other
        # Where another word has the slot, the next one may have this; an empty slot (form 0) ends the search.
        rest = np.flatnonzero(other & (form > 0))
        while rest.size:
            slots[rest] = (slots[rest] + 1) % len(self._table)
            form = self._table[slots[rest]]
            same = (self._first[form] == first[rest]) & (self._second[form] == second[rest])
            numbers[rest[same]] = self._number[form[same]]
            rest = rest[~same & (form > 0)]
        return numbers

    def _slots(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Where in the table words in two halves are looked for first."""
        return ((first * _SPREAD[0] ^ second * _SPREAD[1]) >> self._shift).astype(np.int64)


def _shadow(text: str, walls: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A text as one byte a character, from 1 on and with blanks around it; and where its letters beyond ASCII are."""
    ascii_text = text.encode("ascii", "replace")  # `?` for a character beyond ASCII
    shadow = np.frombuffer(bytearray(b"".join((b"\0", ascii_text.translate(_SHADOWS), bytes(2 * _HALF)))), np.uint8)
    odd = np.empty(0, dtype=np.int64)
    if not text.isascii():
        asked = np.flatnonzero(np.frombuffer(ascii_text, dtype=np.uint8) == ord("?"))
        odd = asked[np.array([text[place].isalnum() for place in asked.tolist()], dtype=bool)]
        shadow[odd + 1] = _ODD
    shadow[np.asarray(walls, dtype=np.int64) + 1] = _WALL
    return shadow, odd
