"""What would a catalog of a million papers look like? Made-up papers whose words count as those of real ones do.

Same seed and number, same papers, in the order of submission; nothing is held but the month that is being written. The
words come from core.papers.generator.vocabulary, names and rare words from syllables, and the days of ten years have
more papers the later they are, as on arXiv: 22,500 in the last month where there are a million.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from core.papers.generator.synthetic_names import Names, rare_word
from core.papers.generator.vocabulary import RARE_EXPONENT, RARE_OFFSET, Theme, vocabulary
from core.papers.paper import Link, Paper

FIRST_MONTH = (2016, 9)
MONTHS = 120
_END = datetime(2026, 8, 31, 23, 59, 59, tzinfo=UTC)
_GROWTH = 0.0206  # of a month's papers over the month before, as a logarithm
_MOST_OF_A_MONTH = 99_999  # five digits of an arXiv id
_WEEKEND = 0.35  # papers of a weekend's day beside those of another
_BLOCK = 2_000  # papers that are drawn together
_OLD = 0.0004  # of all papers have an id of the old style
_OLD_ARCHIVES = ("cmp-lg", "cs", "math", "hep-th", "quant-ph")
_VERSIONS = (0.60, 0.29, 0.08, 0.02, 0.01)  # papers whose version is 1, 2, …
_WITHDRAWN = 0.003
_COMMENTED = 0.47
_LISTS_BEGIN = date(2023, 5, 1)
_LISTED = 0.045  # of the papers since then are on a daily list, with votes
_COMMA, _STOP = 0.055, 0.045  # words that a mark follows


class Month(NamedTuple):
    """The papers of one month, or those with ids of the old style.

    :param since, until: v1 days, both included.
    :param papers: made as they are asked for, oldest first.
    """

    since: date
    until: date
    size: int
    papers: Iterator[Paper]


class Synthetic:
    """A made-up catalog.

    :param papers: how many.
    :param seed: of all that is drawn.
    :raises ValueError: none at all, or more than arXiv's ids can number.
    """

    def __init__(self, *, papers: int, seed: int) -> None:
        if papers < 1:
            raise ValueError(f"papers {papers} cannot be made; ask for 1 or more")
        growth = np.exp(_GROWTH * np.arange(MONTHS))
        self._old = math.ceil(papers * _OLD) if papers > 100 else 0
        edges = np.rint((papers - self._old) * np.concatenate([[0.0], growth.cumsum()]) / growth.sum()).astype(int)
        self.sizes: list[int] = np.diff(edges).tolist()
        if max(self.sizes) > _MOST_OF_A_MONTH:
            raise ValueError(f"papers {papers} need more than {_MOST_OF_A_MONTH} ids in one month; ask for fewer")
        self._seed = seed
        self._words = vocabulary()
        self._names = Names()
        plain = np.array([*self._words.units, ""], dtype=object)
        self._plain = plain
        categories = self._words.categories
        self._category_names = np.array(list(categories), dtype=object)
        anywhere, first = np.array(list(categories.values()), dtype=np.float64).T
        self._category_first, self._category_other = _chances(first), _chances(anywhere - first)

    def months(self) -> Iterator[Month]:
        """Month after month; the old-style ids come first."""
        if self._old:
            yield Month(date(1994, 1, 1), date(2006, 12, 31), self._old, self._old_papers())
        for number, size in enumerate(self.sizes):
            if size:
                since = _month_start(number)
                yield Month(since, _month_start(number + 1) - timedelta(days=1), size, self._month(since, size))

    def papers(self) -> Iterator[Paper]:
        """All papers, oldest first."""
        for month in self.months():
            yield from month.papers

    def _month(self, start: date, size: int) -> Iterator[Paper]:
        rng = np.random.default_rng([self._seed, start.year, start.month])
        days = [start + timedelta(days=day) for day in range(calendar.monthrange(start.year, start.month)[1])]
        weights = np.array([_WEEKEND if day.weekday() > 4 else 1.0 for day in days])
        seconds = np.sort(
            rng.choice(len(days), size, p=weights / weights.sum()) * 86_400 + rng.integers(0, 86_400, size)
        )
        midnight = datetime(start.year, start.month, 1, tzinfo=UTC)
        stem = f"{start.year % 100:02d}{start.month:02d}"
        for begin in range(0, size, _BLOCK):
            block = seconds[begin : begin + _BLOCK].tolist()
            heads = [
                (f"{stem}.{number:05d}", midnight + timedelta(seconds=second))
                for number, second in enumerate(block, start=begin + 1)
            ]
            yield from self._block(rng, heads)

    def _old_papers(self) -> Iterator[Paper]:
        """Evenly over the years of the old style."""
        rng = np.random.default_rng([self._seed, 0])
        heads = []
        for number in range(self._old):
            year, month = divmod(1994 * 12 + number * 156 // self._old, 12)
            archive = _OLD_ARCHIVES[number % len(_OLD_ARCHIVES)]
            name = f"{archive}/{year % 100:02d}{month + 1:02d}{number % 999 + 1:03d}"
            heads.append((name, datetime(year, month + 1, 1 + number % 28, 12, tzinfo=UTC)))
        yield from self._block(rng, heads)

    # --- one block ----------------------------------------------------------------------------------------------------

    def _block(self, rng: np.random.Generator, heads: list[tuple[str, datetime]]) -> Iterator[Paper]:
        """Papers with these ids and moments."""
        size = len(heads)
        themes = self._words.themes
        shares = np.array([theme.share for theme in themes])
        mine = rng.choice(len(themes), size, p=shares / shares.sum())
        texts: list[tuple[str, str]] = [("", "")] * size
        for place in np.unique(mine).tolist():
            rows = np.flatnonzero(mine == place)
            for row, text in zip(rows.tolist(), self._texts(rng, themes[place], len(rows)), strict=True):
                texts[row] = text
        authors = self._names.authors(
            rng, rng.choice(self._words.authors.size, size, p=_chances(self._words.authors)) + 1
        )
        facts = _Facts(rng, size)
        categories = self._categories(rng, size)
        for row, (name, submitted) in enumerate(heads):
            title, abstract = texts[row]
            yield facts.paper(row, name, submitted, title, abstract, authors[row], categories[row])

    def _categories(self, rng: np.random.Generator, size: int) -> list[tuple[str, ...]]:
        names = self._category_names
        first = names[rng.choice(len(names), size, p=self._category_first)]
        others = names[rng.choice(len(names), (size, 2), p=self._category_other)]
        more = rng.choice(3, size, p=(0.45, 0.36, 0.19))
        return [
            tuple(dict.fromkeys((one, *row[:n])))
            for one, row, n in zip(first.tolist(), others.tolist(), more.tolist(), strict=True)
        ]

    def _texts(self, rng: np.random.Generator, theme: Theme, size: int) -> list[tuple[str, str]]:
        """`size` titles and abstracts.

        One stream of units is drawn for all abstracts and cut where each has its length.
        """
        words = self._words
        lengths = np.interp(rng.random(size), np.linspace(0, 1, 101), words.abstract_lengths)
        ends = lengths.cumsum()
        units = np.empty(0, dtype=np.int64)
        copies = np.empty(0, dtype=np.int64)
        while (spans := copies * words.sizes[units]).sum() < ends[-1]:
            more = int(lengths.sum() / 1.4) + 100
            drawn = np.searchsorted(theme.chances, rng.random(more), side="right")
            units = np.append(units, drawn)
            copies = np.append(copies, 1 + rng.poisson(theme.repeats[drawn]))
        papers = np.searchsorted(ends, spans.cumsum() - spans, side="right")
        inside = papers < size
        units, copies, papers = units[inside], copies[inside], papers[inside]
        spelled = self._plain[units]
        rare = np.flatnonzero(units == words.rare)
        ranks = RARE_OFFSET * (rng.random(len(rare)) ** (-1 / RARE_EXPONENT) - 1)
        spelled[rare] = [rare_word(int(rank)) for rank in ranks.tolist()]
        titles = self._titles(rng, units, papers, spelled, size)
        abstracts = _abstracts(rng, np.repeat(spelled, copies), np.repeat(papers, copies), size)
        return list(zip(titles, abstracts, strict=True))

    def _titles(
        self, rng: np.random.Generator, units: np.ndarray, papers: np.ndarray, spelled: np.ndarray, size: int
    ) -> list[str]:
        """Some units of each abstract, those that stand in titles before others (an exponential race)."""
        words = self._words
        lengths = np.rint(np.interp(rng.random(size), np.linspace(0, 1, 101), words.title_lengths))
        race = rng.exponential(size=len(units)) / words.title_pull[units]
        order = np.lexsort((race, papers))
        papers, spans = papers[order], words.sizes[units[order]]
        before = spans.cumsum() - spans
        starts = before[np.searchsorted(papers, np.arange(size))]
        taken = before - starts[papers] < lengths[papers]
        found = spelled[order[taken]].tolist()
        edges = np.searchsorted(papers[taken], np.arange(size + 1)).tolist()
        return [" ".join(found[low:high]).title() for low, high in zip(edges, edges[1:], strict=False)]


def _abstracts(rng: np.random.Generator, spelled: np.ndarray, papers: np.ndarray, size: int) -> list[str]:
    """The units of each paper in a random order, with commas and full stops."""
    order = np.argsort(papers + rng.random(len(papers)), kind="stable")
    spelled, papers = spelled[order], papers[order]
    mark = rng.random(len(spelled))
    comma, stop = mark < _COMMA, mark > 1 - _STOP
    spelled[comma] += ","
    spelled[stop] += "."
    found = spelled.tolist()
    edges = np.searchsorted(papers, np.arange(size + 1)).tolist()
    texts = []
    for low, high in zip(edges, edges[1:], strict=False):
        text = " ".join(found[low:high]).rstrip(".,")
        texts.append(f"{text[:1].upper()}{text[1:]}.")
    return texts


@dataclass(frozen=True)
class _Drawn:
    """What is drawn for all papers of a block at once; one value a paper."""

    versions: list[int]
    later: list[float]
    withdrawn: list[bool]
    commented: list[bool]
    listed: list[bool]
    votes: list[int]
    stars: list[int]
    pages: list[int]


class _Facts:
    """What is known of the papers of a block beside their words."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._drawn = _Drawn(
            versions=(rng.choice(len(_VERSIONS), size, p=_VERSIONS) + 1).tolist(),
            later=rng.exponential(60.0, size).tolist(),
            withdrawn=(rng.random(size) < _WITHDRAWN).tolist(),
            commented=(rng.random(size) < _COMMENTED).tolist(),
            listed=(rng.random(size) < _LISTED).tolist(),
            votes=np.minimum(rng.lognormal(2.3, 1.1, size), 2_000).astype(int).tolist(),
            stars=np.minimum(rng.lognormal(3.0, 2.0, size), 80_000).astype(int).tolist(),
            pages=rng.integers(4, 40, size).tolist(),
        )

    def paper(
        self,
        row: int,
        name: str,
        submitted: datetime,
        title: str,
        abstract: str,
        authors: tuple[str, ...],
        categories: tuple[str, ...],
    ) -> Paper:
        drawn = self._drawn
        version, pages = drawn.versions[row], drawn.pages[row]
        revised = submitted + timedelta(days=drawn.later[row]) if version > 1 else submitted
        revised = max(submitted, min(revised, _END)).replace(microsecond=0)
        comment = f"{pages} pages, {pages // 4} figures" if drawn.commented[row] else None
        if drawn.withdrawn[row]:
            comment = "This paper has been withdrawn by the authors"
        listed = submitted.date() >= _LISTS_BEGIN and drawn.listed[row]
        slug = name.replace(".", "-").replace("/", "-")
        return Paper(
            id=name,
            version=version,
            title=title,
            abstract=abstract,
            authors=authors,
            categories=categories,
            primary_category=categories[0],
            submitted=submitted,
            updated=revised,
            comment=comment,
            withdrawn=drawn.withdrawn[row],
            listed=submitted.date() + timedelta(days=1) if listed else None,
            upvotes=drawn.votes[row] if listed else None,
            stars=drawn.stars[row] if listed and pages % 2 else None,
            links=(Link("code", f"https://github.com/example/{slug}"),) if listed and pages % 2 else (),
        )


def _month_start(number: int) -> date:
    year, month = divmod(FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1 + number, 12)
    return date(year, month + 1, 1)


def _chances(weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights / weights.sum())
