"""Which phrases of a list stand in which of many texts, and where first?

Words become numbers, and a trie of phrases is walked from every place of all texts at once: a step is one binary search
over the trie's edges for the places that are still alive. The work grows with the words of the texts alone, and a text
is read the same in whatever company.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from core.papers.lens.word_numbers import WordNumbers

_WALL = "\n\n\n"  # behind every part; its middle stands as a word of no phrase


class Found(NamedTuple):
    """The phrases in texts, each once a text, ascending by text and phrase: four int64 arrays of one length.

    :param text, phrase: their numbers.
    :param start, end: where the phrase stands first in its text, in characters of `joined`.
    :param joined: all parts of all texts, one after the other.
    :param parts: where each part begins there, int64.
    """

    text: np.ndarray
    phrase: np.ndarray
    start: np.ndarray
    end: np.ndarray
    joined: str
    parts: np.ndarray


class PhraseIndex:
    """Finds the phrases of a list in texts.

    :param phrases: phrases in normal form, each once; a phrase's number is its place.
    :raises ValueError: a phrase is empty, not in normal form, or there twice.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = tuple(phrases)
        self._stems: dict[str, int] = {}
        split = []
        seen: set[str] = set()
        for phrase in self.phrases:
            if not phrase or phrase != " ".join(phrase.split()) or phrase in seen:
                raise ValueError(f"{phrase!r} is empty, twice there or not in normal form; pass it through normal()")
            seen.add(phrase)
            split.append(phrase.split(" "))
            for word in split[-1]:
                self._stems.setdefault(word, len(self._stems) + 1)
        self._sizes = np.array([len(words) for words in split], dtype=np.int64)
        # A trie: node 0 is no word, a word's number is the node of that word, and longer beginnings come after them.
        self._width = len(self._stems) + 1
        edges: dict[int, int] = {}  # node * width + next word's number -> node
        ends: dict[int, int] = {}  # node -> phrase
        follows = np.zeros(self._width, dtype=bool)
        for number, (first, *rest) in enumerate(split):
            node = self._stems[first]
            for word in rest:
                follows[self._stems[word]] = True
                node = edges.setdefault(node * self._width + self._stems[word], self._width + len(edges))
            ends[node] = number
        self._follows = follows  # words that stand in a phrase after others
        self._ends = np.full(self._width + len(edges), -1, dtype=np.int64)
        self._ends[list(ends)] = list(ends.values())
        # The last edge is one that no search reaches.
        self._edges = np.array([*sorted(edges), np.iinfo(np.int64).max], dtype=np.int64)
        self._targets = np.array([*(edges[edge] for edge in sorted(edges)), 0], dtype=np.int64)
        self._goes_on = np.zeros(len(self._ends), dtype=bool)
        self._goes_on[self._edges[:-1] // self._width] = True

    def find(self, stems: list[str]) -> set[int]:
        """The numbers of the phrases in a text, given the stems of its words."""
        _, phrases = self._walk(np.array([*(self._stems.get(each, 0) for each in stems), 0], dtype=np.int64))
        return set(phrases.tolist())

    def find_all(self, texts: Sequence[Sequence[str]]) -> Found:
        """The phrases of many texts, each of one or more parts; no phrase goes from one part over into the next."""
        parts = [part for text in texts for part in text]
        joined = _WALL.join([*parts, ""])
        offsets = np.cumsum([0, *(len(part) + len(_WALL) for part in parts)])
        words = self._words.read(joined, offsets[1:] - len(_WALL) // 2 - 1)
        places, phrases = self._walk(words.numbers)

        first_parts = np.cumsum([0, *map(len, texts)])
        many = np.diff(words.starts.searchsorted(offsets[first_parts]))  # words of each text
        numbers = np.repeat(np.arange(len(texts)), many)[places]
        # Text, phrase and place in one number, to be sorted as fast as can be.
        low, high = len(words.numbers).bit_length(), len(self.phrases).bit_length()
        every = (numbers << high | phrases) << low | places
        every.sort()
        pairs = every >> low
        once = np.flatnonzero(np.diff(pairs, prepend=-1))
        pairs, places = pairs[once], every[once] & ((1 << low) - 1)
        phrases = pairs & ((1 << high) - 1)
        ends = words.ends[places + self._sizes[phrases] - 1]
        return Found(pairs >> high, phrases, words.starts[places], ends, joined, offsets[:-1])

    @cached_property
    def _words(self) -> WordNumbers:
        return WordNumbers(self._stems)

    def _walk(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Every phrase at every place: places and phrases, int64 (hits,) each.

        :param numbers: of words; the last is 0, beyond which no phrase goes.
        """
        places, nodes, step = np.arange(len(numbers)), numbers, 0
        found: list[tuple[np.ndarray, np.ndarray]] = []
        while not found or places.size:
            phrases = self._ends[nodes]
            whole = np.flatnonzero(phrases >= 0)
            found.append((places[whole], phrases[whole]))
            on = self._goes_on[nodes]
            if not step:
                on[:-1] &= self._follows[numbers[1:]]  # one step ahead, for nearly all end here
            on = np.flatnonzero(on)
            places, nodes, step = places[on], nodes[on], step + 1
            wanted = nodes * self._width + numbers[places + step]
            edges = self._edges.searchsorted(wanted)
            taken = np.flatnonzero(self._edges[edges] == wanted)
            places, nodes = places[taken], self._targets[edges[taken]]
        return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])
