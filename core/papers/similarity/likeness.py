"""What is a paper about, as 128 small numbers, so that papers about the same thing lie near each other?

Latent semantic analysis (Deerwester et al. 1990): the words and pairs of neighbouring words of a text, each weighted by
(1 + log count) * log(papers / papers that have it), are projected onto the strongest directions of a truncated SVD. The
terms, their weights and the directions, in likeness.npz, are fitted by core.papers.similarity.fit_likeness. A vector is
int8: only its direction means anything, so that it is stretched to fill -127..127 and needs no scale beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.papers.lens.phrases import quote, raw_words, stems_of

FILE = Path(__file__).with_name("likeness.npz")
TITLE = 2  # a word of the title counts as often
_LONGEST = 20_000  # characters of a text that are read; no abstract is longer


class Terms(NamedTuple):
    """The fitted terms of one text: their numbers, ascending (int64), and their weights (float32)."""

    numbers: np.ndarray
    weights: np.ndarray


class Likeness:
    """The fitted terms and directions.

    :param model: names the weights: vectors of two models cannot be compared.
    :param terms: words and pairs of words in normal form (core/papers/lens/phrases.py); a term's number is its place.
    :param idf: (terms,) what each is worth.
    :param directions: (terms, size) where each points.
    :raises ValueError: the three do not belong together.
    """

    def __init__(self, *, model: str, terms: Sequence[str], idf: np.ndarray, directions: np.ndarray) -> None:
        if not len(terms) == len(idf) == len(directions):
            raise ValueError(f"{len(terms)} terms, {len(idf)} weights and {len(directions)} directions: fit them anew")
        self.model, self.terms = model, tuple(terms)
        self.size = int(directions.shape[1])
        self.idf = np.asarray(idf, dtype=np.float32)
        self.directions = np.asarray(directions, dtype=np.float32)
        # How much a term goes with others: "segmentation" does, "conventionally", as rare, does not.
        self._pull = np.sqrt(np.linalg.norm(self.directions, axis=1))
        self._words: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        for number, term in enumerate(self.terms):
            first, _, second = term.partition(" ")
            if second:
                self._pairs[first, second] = number
            else:
                self._words[first] = number

    def read(self, title: str, abstract: str | None) -> Terms:
        """The fitted terms of a paper; none where it has no word that is known."""
        found: list[int | None] = []
        for text, times in ((title, TITLE), (abstract or "", 1)):
            stems = stems_of(raw_words(text[:_LONGEST]))
            found += [*map(self._words.get, stems), *map(self._pairs.get, pairwise(stems))] * times
        known = [number for number in found if number is not None]
        numbers, counts = np.unique(np.array(known, dtype=np.int64), return_counts=True)
        return Terms(numbers, (1 + np.log(counts.astype(np.float32))) * self.idf[numbers])

    def vector(self, terms: Terms) -> np.ndarray:
        """(size,) int8; all zeros where no term is known."""
        return to_int8(terms.weights @ self.directions[terms.numbers])

    def vectors(self, papers: Sequence[tuple[str, str | None]]) -> np.ndarray:
        """(papers, size) int8, of titles and abstracts."""
        found = np.zeros((len(papers), self.size), dtype=np.float32)
        for row, (title, abstract) in enumerate(papers):
            terms = self.read(title, abstract)
            found[row] = terms.weights @ self.directions[terms.numbers]
        return to_int8(found)

    def telling(self, terms: Terms, title: str, abstract: str | None, *, most: int) -> dict[str, float]:
        """The single words that tell most of a paper, as they stand in it, and their weights."""
        weights = dict(zip(terms.numbers.tolist(), terms.weights.tolist(), strict=True))
        heavy = [number for number in self._heaviest(terms.numbers, terms.weights) if " " not in self.terms[number]]
        found = _quoted([self.terms[number] for number in heavy[:most]], title, abstract)
        return {found[self.terms[number]]: weights[number] for number in heavy[:most]}

    def shared(self, one: Terms, other: Terms, title: str, abstract: str | None, *, most: int) -> list[str]:
        """The terms that tell most of what two papers share, as they stand in the one with this title.

        A word is left out where a pair that is shown has it.
        """
        numbers, mine, its = np.intersect1d(one.numbers, other.numbers, assume_unique=True, return_indices=True)
        heavy = [self.terms[number] for number in self._heaviest(numbers, one.weights[mine] * other.weights[its])]
        chosen: list[str] = []
        for term in heavy:
            words = set(term.split(" "))
            if any(words & set(kept.split(" ")) for kept in chosen):
                continue
            chosen.append(term)
            if len(chosen) == most:
                break
        return list(_quoted(chosen, title, abstract).values())

    def _heaviest(self, numbers: np.ndarray, weights: np.ndarray) -> list[int]:
        heavy = (-weights * self._pull[numbers]).argsort(kind="stable")
        return [int(number) for number in numbers[heavy]]


def to_int8(vector: np.ndarray) -> np.ndarray:
    """A vector, or each row of a matrix, stretched to -127..127 and rounded; zeros stay zeros."""
    largest = np.abs(vector).max(axis=-1, keepdims=True, initial=0.0)
    return np.asarray(np.rint(vector * (127 / np.where(largest > 0, largest, 1.0))), dtype=np.int8)


def cosines(vector: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) float64, -1 to 1: how near each row of `others` (n, size) is to `vector` (size,), both int8.

    Whole numbers up to the last division, so that every machine ranks alike. A vector of zeros is near to nothing.
    """
    wide = others.astype(np.int32)
    dots = wide @ vector.astype(np.int32)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide) * float(np.square(vector.astype(np.int64)).sum()))
    return np.asarray(np.divide(dots, lengths, out=np.zeros(len(others)), where=lengths > 0))


def _quoted(terms: Iterable[str], title: str, abstract: str | None) -> dict[str, str]:
    """Each term as it stands in a paper that has it; the title is asked first."""
    parts = [(text, raw, stems_of(raw)) for text in (title, abstract or "") for raw in [raw_words(text[:_LONGEST])]]
    found: dict[str, str] = {}
    for term in terms:
        shown = (words for part in parts if (words := quote(term, *part)) is not None)
        found[term] = next(shown, term)
    return found


def load(path: Path = FILE) -> Likeness:
    """Read fitted weights; arrays only, nothing in the file is ever run.

    :raises ValueError: the file is not one of these, or its parts do not belong together.
    """
    content = path.read_bytes()
    with np.load(path, allow_pickle=False) as arrays:
        terms = arrays["terms"].tobytes().decode().split("\n")
        directions = arrays["directions"].astype(np.float32) * arrays["scales"].astype(np.float32)[:, None]
        idf = arrays["idf"].astype(np.float32)
    return Likeness(
        model=f"lsa-{hashlib.sha256(content).hexdigest()[:12]}", terms=terms, idf=idf, directions=directions
    )


@cache
def likeness() -> Likeness:
    """The weights that ship with the project."""
    return load()
