"""What does the benchmark search for? A committed set of queries, made once with a seed, each with its intended shares.

    python -m app.benchmarks.queries [--seed 7] > app/benchmarks/queries.json

Half of the terms stand in at least a tenth of the papers, as `language` and `reasoning` do; a quarter of the filters
match fewer than one paper in a hundred. The share of a word comes from core/papers/generator/vocabulary.json and counts
all forms that the index takes for one word (`retrieve` finds `retrieval`); that of a tag is measured on made-up papers
when the set is made.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from core.papers.generator.synthetic import Synthetic
from core.papers.generator.synthetic_names import Names
from core.papers.generator.vocabulary import vocabulary
from db.yardsticks import stems_of

FILE = Path(__file__).with_name("queries.json")
SEED = 7
COMMON = 0.10  # from which share on a term is common
RARE = 0.01  # below which a filter is rare
_SAMPLE = 20_000  # made-up papers in which tags are counted
_LEAST = 0.002  # share of a term that is not common
_STOP_WORDS = """
all and any are but can for has how new not one our the two was who
about across after against also among another based been before being between both compared could does each
either even from further have however into its more most much must only other over several should show shows
since some such than that their them then there these they this those through thus under upon used using
various very via well were what when where whether which while whose will with within without would paper
papers work works propose proposed present introduce introduces https github com
"""
_STOP = frozenset(_STOP_WORDS.split())
# Text of a query: how many words, phrases, negatives, beginnings and title words it has; how many such queries.
_SHAPES: tuple[tuple[dict[str, int], int], ...] = (
    ({"word": 1}, 26),
    ({"word": 2}, 24),
    ({"word": 3}, 14),
    ({"word": 4}, 6),
    ({"phrase": 1}, 12),
    ({"phrase": 1, "word": 1}, 8),
    ({"word": 1, "negative": 1}, 5),
    ({"word": 2, "negative": 1}, 5),
    ({"beginning": 1}, 6),
    ({"beginning": 1, "word": 1}, 5),
    ({"title": 1}, 5),
    ({"title": 1, "word": 1}, 5),
    ({}, 14),
)
_ALWAYS = ("language", "reasoning", "language reasoning", "large language models")
_FILTERED = (0, 1, 0, 1, 0, 2)  # filters of the queries of a shape, in turn; one without text has at least one


@dataclass(frozen=True)
class Part:
    """One term or filter, and the share of all papers that it is meant to match."""

    text: str
    share: float


@dataclass(frozen=True)
class Query:
    """What is typed into the search box."""

    text: str
    terms: tuple[Part, ...]
    filters: tuple[Part, ...]


def load(path: Path = FILE) -> list[Query]:
    """The queries of a file.

    :raises ValueError: no JSON list of objects with `query`, or an empty one.
    """
    raw = json.loads(path.read_text(encoding="utf-8"))
    rows = raw["queries"] if isinstance(raw, dict) and "queries" in raw else raw
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and "query" in row for row in rows):
        raise ValueError(f"{path}: no queries in it; give a JSON list of objects with query, terms and filters")
    return [
        Query(row["query"], *(tuple(Part(*part) for part in row.get(name, ())) for name in ("terms", "filters")))
        for row in rows
    ]


def make(seed: int, tags: dict[str, float]) -> list[Query]:
    """The set.

    :param tags: `stage:ask`, `topic:peft`, … to the share of papers filed so.
    """
    rng, share = random.Random(seed), shares().of
    terms = {kind: _Pool(rng, *_split(parts, COMMON)) for kind, parts in _terms().items()}
    balance = _balance(rng)
    rare, wide = _filters(tags)
    filters = _Pool(rng, wide, rare)
    turn = cycle((False, True, True, True))  # every fourth filter is rare
    found = {text: Query(text, tuple(Part(word, share(word)) for word in text.split()), ()) for text in _ALWAYS}
    for shape, number in _SHAPES:
        for filtered in islice(cycle(_FILTERED), number):
            words = [terms[kind].draw(next(balance)) for kind, n in shape.items() for _ in range(n)]
            narrow: list[Part] = []
            for _ in range(filtered if shape else max(1, filtered)):
                kinds = set(map(_kind, narrow))
                sort = next(turn)
                # Two filters of one kind would contradict each other.
                while _kind(part := filters.draw(sort)) in kinds:
                    pass
                narrow.append(part)
            text = " ".join(part.text for part in (*words, *narrow))
            found[text] = Query(text, tuple(words), tuple(narrow))
    return list(found.values())


def _kind(part: Part) -> str:
    """`stage`, `topic`, …; both ends of a range of days are one kind."""
    name = part.text.partition(":")[0]
    return "day" if name in ("after", "before") else name


class _Pool:
    """Parts of two sorts, given out in a random order, each once before any comes again."""

    def __init__(self, rng: random.Random, first: Sequence[Part], second: Sequence[Part]) -> None:
        self._sorts = {True: _shuffled(rng, first), False: _shuffled(rng, second)}

    def draw(self, sort: bool) -> Part:
        """The next part of the first sort, or of the second."""
        return next(self._sorts[sort])


def _shuffled(rng: random.Random, parts: Sequence[Part]) -> Iterator[Part]:
    """The more papers it stands in, the sooner a part tends to come (Efraimidis and Spirakis 2006)."""
    while parts:
        yield from sorted(parts, key=lambda part: rng.random() ** (1 / part.share), reverse=True)


def _balance(rng: random.Random) -> Iterator[bool]:
    """Whether the next term is common: four of eight, in a random order, so that two common words meet."""
    while True:
        yield from rng.sample((True, False), 8, counts=(4, 4))


def _split(parts: Sequence[Part], limit: float) -> tuple[list[Part], list[Part]]:
    return [part for part in parts if part.share >= limit], [part for part in parts if part.share < limit]


class Shares:
    """In how many papers the index finds a word, a phrase or a beginning: it compares Porter's stems.

    :param share: of each word and phrase as it is spelled.
    """

    def __init__(self, share: Callable[[str], float]) -> None:
        words = vocabulary()
        self.stem = stems_of({word for unit in words.units for word in unit.split()})
        self._missing: dict[str, float] = {}  # stems to the logarithm of the share of papers without them
        forms: dict[str, str] = {}
        for unit in sorted(words.units, key=share, reverse=True):
            stems = self._stemmed(unit)
            forms.setdefault(stems, unit)
            self._missing[stems] = self._missing.get(stems, 0.0) + math.log1p(-min(share(unit), 0.999))
        self._single = sorted(stems for stems in self._missing if " " not in stems)
        self.common_forms = tuple(forms.values())  # of all words and phrases that the index takes for one

    def of(self, unit: str) -> float:
        """The share of a word or a phrase, as if its forms came independently (as in made-up papers they do)."""
        return 1 - math.exp(self._missing[self._stemmed(unit)])

    def of_beginning(self, start: str) -> float:
        """The share of all words whose stems begin so."""
        low, high = (bisect_left(self._single, end) for end in (start, f"{start}\uffff"))
        return 1 - math.exp(sum(self._missing[stem] for stem in self._single[low:high]))

    def _stemmed(self, unit: str) -> str:
        return " ".join(self.stem[word] for word in unit.split())


@cache
def shares() -> Shares:
    """Those of the committed vocabulary, in abstracts."""
    return Shares(vocabulary().share)


@cache
def title_shares() -> Shares:
    """The same in titles."""
    return Shares(vocabulary().title_share)


def _terms() -> dict[str, list[Part]]:
    """What a person may type, by kind."""
    words, share = vocabulary(), shares().of
    plain = [
        Part(unit, share(unit))
        for unit in shares().common_forms
        if len(unit) > 3 and unit.isalpha() and unit not in _STOP and words.share(unit) >= _LEAST
    ]
    phrases = [
        Part(f'"{unit}"', share(unit))
        for unit in shares().common_forms
        if " " in unit
        and words.share(unit) >= _LEAST
        and all(len(word) > 2 and word not in _STOP for word in (unit.split()[0], unit.split()[-1]))
    ]
    starts = sorted({shares().stem[part.text][:4] for part in plain} - _STOP)
    beginnings = [Part(f"{start}*", shares().of_beginning(start)) for start in starts if len(start) == 4]
    titles = [Part(f"title:{part.text}", title_shares().of(part.text)) for part in plain]
    return {
        "word": plain,
        "phrase": phrases,
        "negative": [Part(f"-{part.text}", part.share) for part in plain if part.share < 0.5],
        "beginning": beginnings,
        "title": [part for part in titles if part.share >= _LEAST],
    }


def _filters(tags: dict[str, float]) -> tuple[list[Part], list[Part]]:
    """Rare filters and the others."""
    names = Names()
    days = [Part(f"after:{year}-01-01", _since(year)) for year in (2020, 2022, 2024, 2025)]
    days += [Part(f"before:{year}-01-01", 1 - _since(year)) for year in (2022, 2024, 2026)]
    month = _size_of_months()[-1]
    narrow = [Part(f"after:2026-08-{day:02d}", month * (32 - day) / 31) for day in (20, 24, 28)]
    categories = vocabulary().categories
    papers = vocabulary().papers
    wide = [Part(f"cat:{name}", categories[name][0] / papers) for name in ("cs.CL", "cs.AI", "cs.LG", "cs.CV", "cs.RO")]
    special = [Part(f"cat:{name}", categories[name][0] / papers) for name in ("stat.ML", "cs.NE", "cs.DB", "cs.SI")]
    filed = [Part(name, share) for name, share in sorted(tags.items())]
    authors = float((vocabulary().authors * range(1, vocabulary().authors.size + 1)).sum() / papers)
    people = [
        Part(f'author:"{names.given(rank)} {names.family(rank)}"', authors * names.share(rank))
        for rank in (0, 2, 6, 15)
    ]
    rare = [*narrow, *special, *people, Part("votes>50", 0.002), Part("is:withdrawn", 0.003)]
    rare += [part for part in filed if 0.001 < part.share < 0.007]
    wide += [*days, *(part for part in filed if part.share > 0.015)]
    wide += [Part("is:unread", 0.998), Part("source:arxiv", 1.0), Part("source:huggingface", 0.03)]
    return rare, wide


@cache
def _size_of_months() -> list[float]:
    sizes = Synthetic(papers=1_000_000, seed=0).sizes
    return [size / sum(sizes) for size in sizes]


def _since(year: int) -> float:
    """The share of papers submitted in this year or later; the months begin with September 2016."""
    return sum(_size_of_months()[(year - 2017) * 12 + 4 :])


def _measure_tags(seed: int) -> dict[str, float]:
    """How many made-up papers are filed under each stage, topic and application."""
    from core.papers.tagging import tag_papers

    counts: Counter[str] = Counter()
    papers = list(Synthetic(papers=_SAMPLE, seed=seed).papers())
    kinds = {"stage": "stage", "topic": "topic", "application": "app"}
    for tagging in tag_papers(papers):
        counts.update(f"{kinds[tag.kind]}:{tag.value}" for tag in tagging.tags)
    return {name: round(n / _SAMPLE, 4) for name, n in sorted(counts.items())}


def document(seed: int, tags: dict[str, float], queries: Sequence[Query]) -> str:
    """The file: one query a line."""

    def row(query: Query) -> dict[str, Any]:
        parts = {
            name: [[part.text, round(part.share, 4)] for part in getattr(query, name)] for name in ("terms", "filters")
        }
        return {"query": query.text, **parts}

    lines = ",\n".join(f"  {json.dumps(row(query))}" for query in queries)
    return f'{{\n "seed": {seed},\n "tags": {json.dumps(tags)},\n "queries": [\n{lines}\n ]\n}}\n'


def main() -> None:
    """Make the set and write it to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    seed = parser.parse_args().seed
    tags = _measure_tags(seed)
    sys.stdout.write(document(seed, tags, make(seed, tags)))


if __name__ == "__main__":
    main()
