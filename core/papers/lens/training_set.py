"""Which papers does the tagger learn from, and what do people say that each is about?

Two kinds of labels. `Listed` papers stand in a section of a human-curated list; the tagger is judged by these alone.
`Readings` are of other papers, labelled one by one after labels/guide.md, by a somewhat different convention; they
teach which phrases speak for which stage, and the lists have the last word.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from core.papers.lens.fit_quality import STAGES, Example
from core.papers.lens.phrases import raw_words, stems_of


@dataclass(frozen=True)
class TrainingSet:
    """The papers that have a text and a label.

    :param sha256: of all that was read of them: ids, labels and texts.
    """

    listed: list[Example]
    readings: list[Example]
    sha256: str


class _Label(NamedTuple):
    """What a labels file says of a paper; `read` is `abstract` or `title` for a reading and empty for a list."""

    stages: frozenset[str]
    also: frozenset[str]
    read: str


def read_training_set(labels: Sequence[Path], texts: Sequence[Path]) -> TrainingSet:
    """The papers that the labels and the texts both have.

    A reading of a paper that a list has too, by its id or by its title, is left out: nothing is judged by what it
    taught. A paper that was read by its title alone is learned by its title alone.

    :param labels: CSV files: arxiv_id, stages, also, and for readings `read`. Several stages are parted by `;`; those
        in `also` are neither right nor wrong.
    :param texts: CSV files (arxiv_id, title, abstract), JSON lines (id, title, abstract), daily lists of Hugging Face
        as JSON; each may end in `.gz`.
    :raises ValueError: a stage that the taxonomy does not have, or no listed paper or no reading has a text.
    """
    said = _labels(labels)
    found = _texts(texts, said)
    listed, readings, digest = [], [], hashlib.sha256()
    titles: set[str] = set()
    for key in sorted(said, key=lambda key: (bool(said[key].read), key)):
        if key not in found:
            continue
        label = said[key]
        title, abstract = found[key]
        if label.read == "title":
            abstract = ""
        example = _example(key, label, title, abstract)
        if not label.read:
            listed.append(example)
            titles.add(example.group)
        elif example.group not in titles:
            readings.append(example)
        else:
            continue
        line = (key, label.read, *sorted(label.stages), "|", *sorted(label.also), title, abstract)
        digest.update("\t".join(line).encode())
    if not listed or not readings:
        missing = "readings (rows with `read`)" if listed else "listed papers (rows without `read`)"
        raise ValueError(f"no {missing} with a text; check the column arxiv_id of --labels and --texts")
    return TrainingSet(listed, readings, digest.hexdigest())


def _labels(paths: Sequence[Path]) -> dict[str, _Label]:
    said: dict[str, _Label] = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                mine, also = (frozenset(filter(None, (row[name] or "").split(";"))) for name in ("stages", "also"))
                if unknown := (mine | also) - set(STAGES):
                    raise ValueError(f"{path}: {row['arxiv_id']}: unknown stage {', '.join(sorted(unknown))}")
                label = _Label(mine, also, row.get("read") or "")
                if label.read and row["arxiv_id"] in said:
                    continue
                said[row["arxiv_id"]] = label
    return said


def _example(key: str, label: _Label, title: str, abstract: str) -> Example:
    words = raw_words(title)
    return Example(
        text=f"{title} {abstract}",
        title=stems_of(words),
        body=stems_of(raw_words(abstract)),
        has_abstract=bool(abstract),
        stages=tuple(stage in label.stages for stage in STAGES),
        counts=tuple(stage in label.stages or stage not in label.also for stage in STAGES),
        id=key,
        group=" ".join(words).lower(),
    )


def _texts(paths: Sequence[Path], wanted: dict[str, _Label]) -> dict[str, tuple[str, str]]:
    """Title and abstract of each wanted paper; of several texts the first that has an abstract."""
    found: dict[str, tuple[str, str]] = {}
    for path in paths:
        for key, title, abstract in _rows(path):
            if key in wanted and (key not in found or (abstract and not found[key][1])):
                found[key] = (title, abstract)
    return found


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """Base id, title and abstract of each paper of a file."""
    raw = path.read_bytes()
    content = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    rows: Iterator[dict[str, Any]]
    if kind == ".csv":
        rows = iter(csv.DictReader(io.StringIO(content, newline="")))
    elif kind == ".jsonl":
        rows = (json.loads(line) for line in content.split("\n") if line.strip())
    elif kind == ".json":
        rows = (entry["paper"] for entry in json.loads(content))
    else:
        raise ValueError(f"{path}: neither .csv, .jsonl nor .json (or one of them with .gz)")
    for row in rows:
        key = str(row.get("arxiv_id") or row["id"])
        base, version = key.rpartition("v")[::2]
        abstract = row.get("abstract") or row.get("summary") or ""
        yield base if base and version.isdigit() else key, row["title"], abstract
