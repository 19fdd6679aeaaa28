"""Which words does a made-up abstract have, so that it counts like a real one? Units drawn at rates that were fitted.

vocabulary.json (made by core.papers.generator.fit_vocabulary) says in how many real abstracts each word and each group
of words stands. A unit is a word, or a group that is written as a whole ("large language models"). Units come into an
abstract independently, as a Poisson process, and each comes again a few times (real words are bursty: a paper on
reasoning says so five times). A word's rate is what is left of its share after the groups that hold it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

_FILE = Path(__file__).with_name("vocabulary.json")
_ROUNDS = 8  # of fitting groups under the shares of their parts
_MOST_REPEATS = 8.0
# Words too rare for the table: a Pareto law of ranks gives them the growth of a real vocabulary.
RARE_SHARE = 0.035  # of all words of a text
RARE_REPEATS = 1.6
RARE_OFFSET, RARE_EXPONENT = 6_000.0, 0.62
_RARE_IN_TITLE = 0.06


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What one kind of paper is written from.

    :param share: of all papers.
    :param chances: cumulative chance of each unit, the rare word last; float64 (units + 1,).
    :param repeats: how often a unit comes when it comes, on average beyond once; float64 (units + 1,).
    """

    share: float
    chances: np.ndarray
    repeats: np.ndarray


class Vocabulary:
    """The units and their rates.

    :param table: the document that core.papers.generator.fit_vocabulary writes.
    """

    def __init__(self, table: dict[str, Any]) -> None:
        rows: dict[str, list[int]] = table["words"] | table["phrases"]
        self.papers: int = table["about"]["papers"]
        self.units = tuple(rows)
        self.rare = len(self.units)  # the number of the unit that stands for any rare word
        self.abstract_lengths = np.array(table["lengths"]["abstract"], dtype=np.float64)
        self.title_lengths = np.array(table["lengths"]["title"], dtype=np.float64)
        self.authors = np.array(table["authors"], dtype=np.float64)
        self.categories: dict[str, list[int]] = table["categories"]
        self.sizes = np.array([unit.count(" ") + 1 for unit in self.units] + [1])
        counts = np.array(list(rows.values()), dtype=np.float64)
        self._shares, self._title_shares = (
            dict(zip(self.units, (counts[:, column] / self.papers).tolist(), strict=True)) for column in (0, 2)
        )
        # How readily a unit of an abstract goes into its title.
        self.title_pull = np.append((counts[:, 2] + 0.02) / counts[:, 0], _RARE_IN_TITLE)
        self._holds = self._inside()
        self._occurrences = counts[:, 1] / self.papers
        self.themes = tuple(self._themes(table["themes"], counts[:, 0]))

    def share(self, unit: str) -> float:
        """The share of real abstracts in which a word, or a group of words, stands; 0 where the table has it not."""
        return self._shares.get(unit, 0.0)

    def title_share(self, unit: str) -> float:
        """The same of real titles."""
        return self._title_shares.get(unit, 0.0)

    def _inside(self) -> np.ndarray:
        """(part, whole) for every unit that stands within another; int64 (pairs, 2)."""
        numbers = {unit: number for number, unit in enumerate(self.units)}
        pairs = set()
        for whole, unit in enumerate(self.units):
            words = unit.split(" ")
            for start, end in combinations(range(len(words) + 1), 2):
                part = numbers.get(" ".join(words[start:end]))
                if part is not None and part != whole:
                    pairs.add((part, whole))
        return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)

    def _themes(self, themes: dict[str, Any], counts: np.ndarray) -> list[Theme]:
        """A theme has its own counts of what is told apart in it, and what the others leave over of the rest."""
        numbers = {unit: number for number, unit in enumerate(self.units)}
        apart = np.zeros((len(themes), len(self.units)), dtype=bool)
        told = np.zeros(apart.shape)
        sizes = np.array([row["papers"] for row in themes.values()], dtype=np.float64)
        for place, row in enumerate(themes.values()):
            for unit, n in row["apart"].items():
                apart[place, numbers[unit]] = True
                told[place, numbers[unit]] = n
        left = np.maximum(counts - told.sum(axis=0), 0.0)
        among = np.maximum((~apart * sizes[:, None]).sum(axis=0), 1.0)
        shares = np.where(apart, told / sizes[:, None], left / among)
        wanted = [self._rates(self._needed(row)) for row in shares]
        whole = np.average(wanted, axis=0, weights=sizes)
        again = self._repeats(whole)
        return [self._theme(rates, again, size / sizes.sum()) for rates, size in zip(wanted, sizes, strict=True)]

    def _needed(self, shares: np.ndarray) -> np.ndarray:
        """The rate at an abstract of average length that gives this share over abstracts of all lengths."""
        relative = self.abstract_lengths / self.abstract_lengths.mean()
        rates = np.concatenate([[0.0], np.geomspace(1e-5, 12.0, 400)])
        given = 1.0 - np.exp(-rates[:, None] * relative).mean(axis=1)
        return np.interp(shares, given, rates)

    def _rates(self, needed: np.ndarray) -> np.ndarray:
        """The rate of each unit, so that all units that hold a word give that word its share together."""
        part, whole = self._holds.T
        limit = needed.copy()
        for _ in range(_ROUNDS):
            rates = self._leftover(limit)
            held = np.bincount(part, weights=rates[whole], minlength=len(needed))
            over = np.ones(len(needed))
            full = held > needed
            over[full] = needed[full] / held[full]
            shrink = np.ones(len(needed))
            np.minimum.at(shrink, whole, over[part])
            limit *= shrink
        return self._leftover(limit)

    def _leftover(self, whole_rates: np.ndarray) -> np.ndarray:
        """From the rates of units wherever they stand, the rates of those that stand in no longer one."""
        part, whole = self._holds.T
        rates = np.zeros(len(whole_rates))
        for size in range(int(self.sizes.max()), 0, -1):
            held = np.bincount(part, weights=rates[whole], minlength=len(rates))
            mine = self.sizes[:-1] == size
            rates[mine] = np.maximum(whole_rates - held, 0.0)[mine]
        return rates

    def _repeats(self, rates: np.ndarray) -> np.ndarray:
        """How often a unit comes when it comes, from the occurrences that were counted."""
        alone = np.maximum(self._leftover(self._occurrences), rates)
        found = np.ones(len(rates))
        np.divide(alone, rates, out=found, where=rates > 0)
        return np.clip(found, 1.0, _MOST_REPEATS)

    def _theme(self, rates: np.ndarray, again: np.ndarray, share: float) -> Theme:
        """Scale the repeats so that the units of an abstract fill its length at just these rates."""
        length = self.abstract_lengths.mean()
        rare = RARE_SHARE * length / RARE_REPEATS
        once = float((rates * self.sizes[:-1]).sum())
        extra = float((rates * (again - 1.0) * self.sizes[:-1]).sum())
        scale = max(0.0, (length * (1 - RARE_SHARE) - once) / extra)
        every = np.append(rates, rare).cumsum()
        return Theme(
            share=share,
            chances=every / every[-1],
            repeats=np.append((again - 1.0) * scale, RARE_REPEATS - 1.0),
        )


@cache
def vocabulary() -> Vocabulary:
    """The committed table."""
    return Vocabulary(json.loads(_FILE.read_text(encoding="utf-8")))
