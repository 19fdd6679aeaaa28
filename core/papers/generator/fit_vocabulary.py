"""How often does each word stand in real abstracts? Measures the table that made-up papers are written from.

    python -m core.papers.generator.fit_vocabulary papers.jsonl.gz [--out core/papers/generator/vocabulary.json]

The input has a JSON object with title, abstract, authors and categories a line. Only counts are kept: of words, of
word groups that belong together, of lengths; for each theme (the topic that the project's tagger finds first) the words
that it has more or less of than others. No sentence of a paper can be read out of them.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.papers.lens.lexicon import lexicon
from core.papers.lens.phrases import normal
from core.papers.paper import Paper
from core.papers.tagging import tag_papers

OUT = Path(__file__).with_name("vocabulary.json")
WORD = re.compile(r"[^\W_]+")  # what SQLite's unicode61 tokenizer takes for a word
MIN_PAPERS = 3  # of a word
MIN_PHRASE = 20  # of a group of words
MIN_MARKED = 3  # of a group that the tagger knows
LONGEST_PHRASE = 4
MIN_THEME = 5
DIFFERS = 12.0  # chi-squared from which on a word is told apart in a theme
MOST_APART = 250  # words and groups told apart in one theme
MOST_AUTHORS = 12
MIN_CATEGORY = 3
GROWTH = (300, 1000, 3000)  # papers after which the different words are counted
OTHER = "other"  # the theme of papers without a topic


def words_of(text: str) -> list[str]:
    """The words of a text as the full-text index sees them, before stemming."""
    return WORD.findall(text.lower())


def measure(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The table: [papers, occurrences, titles] of every word and phrase, and what else a made-up paper needs.

    :raises ValueError: no record has an abstract.
    """
    records = [record for record in records if record["abstract"]]
    if not records:
        raise ValueError("no record has an abstract; give JSON objects with title and abstract")
    abstracts = [words_of(record["abstract"]) for record in records]
    titles = [words_of(record["title"]) for record in records]
    found = [Counter(_groups(words)) for words in abstracts]
    papers, occurrences, in_titles = Counter[str](), Counter[str](), Counter[str]()
    for counts, title in zip(found, titles, strict=True):
        papers.update(counts.keys())
        occurrences.update(counts)
        in_titles.update(set(_groups(title)))
    kept = {group: papers[group] for group in sorted(papers) if papers[group] >= _needed(group)}
    tables = {
        group: [n, occurrences[group], in_titles[group]] for group, n in sorted(kept.items(), key=lambda item: -item[1])
    }
    return {
        "about": {"papers": len(records), "words": sum(map(len, abstracts))},
        "lengths": {"abstract": _quantiles(abstracts), "title": _quantiles(titles)},
        "authors": _histogram([len(record["authors"]) for record in records], MOST_AUTHORS),
        "categories": _categories([record["categories"] for record in records]),
        "growth": _growth(abstracts),
        "themes": _themes(records, found, kept),
        "words": {group: row for group, row in tables.items() if " " not in group},
        "phrases": {group: row for group, row in tables.items() if " " in group},
    }


def _groups(words: list[str]) -> Iterator[str]:
    """Every word and every group of two to four."""
    for size in range(1, LONGEST_PHRASE + 1):
        yield from map(" ".join, zip(*(words[start:] for start in range(size)), strict=False))


def _needed(group: str) -> int:
    if " " not in group:
        return MIN_PAPERS
    return MIN_MARKED if normal(group) in lexicon().marks else MIN_PHRASE


def _quantiles(texts: Sequence[list[str]]) -> list[int]:
    """0 % to 100 % of the lengths in words, in steps of one."""
    return [int(n) for n in np.percentile([len(words) for words in texts], range(101))]


def _histogram(numbers: Sequence[int], most: int) -> list[int]:
    counts = Counter(max(1, min(number, most)) for number in numbers)
    return [counts[number] for number in range(1, most + 1)]


def _categories(lists: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """[papers that have it, papers that have it first] of each category."""
    anywhere = Counter(name for names in lists for name in set(names))
    first = Counter(names[0] for names in lists if names)
    return {name: [n, first[name]] for name, n in anywhere.most_common() if n >= MIN_CATEGORY}


def _growth(abstracts: Sequence[list[str]]) -> dict[str, int]:
    """How many different words the first papers have together."""
    seen: set[str] = set()
    sizes = {}
    for number, words in enumerate(abstracts, start=1):
        seen.update(words)
        if number in GROWTH:
            sizes[str(number)] = len(seen)
    return sizes


def _themes(
    records: Sequence[dict[str, Any]], found: Sequence[Counter[str]], kept: dict[str, int]
) -> dict[str, dict[str, Any]]:
    """For each theme its papers, and in how many of them stands what stands apart."""
    tagged = tag_papers([Paper(id="", title=record["title"], abstract=record["abstract"]) for record in records])
    first = [next(iter(tagging.values("topic")), OTHER) for tagging in tagged]
    sizes = Counter(first)
    themes = [theme if sizes[theme] >= MIN_THEME else OTHER for theme in first]
    rows = {}
    for theme, size in Counter(themes).most_common():
        inside = Counter(group for name, counts in zip(themes, found, strict=True) if name == theme for group in counts)
        share = size / len(records)
        apart = {}
        for group, n in kept.items():
            expected = n * share
            differs = (inside[group] - expected) ** 2 / expected
            if differs >= DIFFERS and (inside[group] >= MIN_PAPERS or inside[group] < expected):
                apart[group] = differs
        chosen = sorted(apart, key=lambda group: (-apart[group], group))[:MOST_APART]
        rows[theme] = {"papers": size, "apart": {group: inside[group] for group in chosen}}
    return rows


def write(path: Path, table: dict[str, Any]) -> None:
    """One part a line, and one word a line in the long ones, so that a change can be read."""
    parts = []
    for key, value in table.items():
        if key in ("words", "phrases", "themes"):
            lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in value.items())
            parts.append(f"{json.dumps(key)}: {{\n{lines}\n}}")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure a file of papers and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    content = options.papers.read_bytes()
    body = gzip.decompress(content) if options.papers.suffix == ".gz" else content
    table = measure([json.loads(line) for line in body.splitlines() if line.strip()])
    table["about"]["sha256"] = hashlib.sha256(body).hexdigest()
    write(options.out, table)


if __name__ == "__main__":
    main()
