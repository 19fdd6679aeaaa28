"""What are the made-up authors and rare words called? Syllables, so that no name is a person's or a real word."""

from __future__ import annotations

import numpy as np

_HEADS = ("b", "br", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "v")
_TAILS = ("a", "ae", "e", "i", "ia", "o", "oa", "u", "ua", "y")
_SYLLABLES = tuple(head + tail for head in _HEADS for tail in _TAILS)
_GIVEN, _FAMILIES = 300, 4_000
# Zipf and Mandelbrot: the commonest family name stands on about one paper in twelve, most on few.
_GIVEN_LAW, _FAMILY_LAW = (10.0, 0.7), (5.0, 0.9)


def rare_word(rank: int) -> str:
    """A word that is no other rank's; the letters at its ends keep it apart from real words and from stemming."""
    parts = []
    while True:
        rank, place = divmod(rank, len(_SYLLABLES))
        parts.append(_SYLLABLES[place])
        if not rank:
            break
        rank -= 1
    return f"zh{''.join(parts)}x"


class Names:
    """The authors of every made-up catalog, whatever its seed: few write much, most write little."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self._given = _named(rng, _GIVEN, "n")
        self._families = _named(rng, _FAMILIES, "nd")
        self._given_chances = _law(_GIVEN, *_GIVEN_LAW)
        self._family_chances = _law(_FAMILIES, *_FAMILY_LAW)

    def family(self, rank: int) -> str:
        """The family name of this rank, the commonest first."""
        return str(self._families[rank])

    def given(self, rank: int) -> str:
        """The given name of this rank, the commonest first."""
        return str(self._given[rank])

    def share(self, rank: int) -> float:
        """How likely one author is to have the given and the family name of this rank."""
        given, family = (np.diff(chances, prepend=0.0)[rank] for chances in (self._given_chances, self._family_chances))
        return float(given * family)

    def authors(self, rng: np.random.Generator, counts: np.ndarray) -> list[tuple[str, ...]]:
        """Names for papers with so many authors each; one who is drawn twice stands once."""
        total = int(counts.sum())
        given = self._given[np.searchsorted(self._given_chances, rng.random(total), side="right")]
        families = self._families[np.searchsorted(self._family_chances, rng.random(total), side="right")]
        names = (given + " " + families).tolist()
        edges = np.concatenate([[0], counts.cumsum()]).tolist()
        return [tuple(dict.fromkeys(names[low:high])) for low, high in zip(edges, edges[1:], strict=False)]


def _named(rng: np.random.Generator, size: int, end: str) -> np.ndarray:
    """`size` different names of two or three syllables, as objects."""
    found: dict[str, None] = {}
    syllables = np.array(_SYLLABLES)
    while len(found) < size:
        parts = rng.choice(syllables, int(rng.integers(2, 4)))
        found[("".join(parts) + end).capitalize()] = None
    return np.array(list(found), dtype=object)


def _law(size: int, offset: float, exponent: float) -> np.ndarray:
    """Cumulative chances that fall with the rank."""
    weights = 1.0 / (np.arange(size) + 1 + offset) ** exponent
    return np.asarray((weights / weights.sum()).cumsum())
