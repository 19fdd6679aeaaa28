"""How are the terms and directions of likeness.py learned, and do they bring papers of a kind together?

    python -m core.papers.similarity.fit_likeness --texts labelled.csv more.jsonl.gz [--out likeness.npz]

Texts: CSV or JSON lines, plain or gzip, with arxiv_id or id, title, abstract; where a CSV has the columns stages and
topic, a fifth of these papers is held out first, to measure. The same files on the same machine give the same bytes.
Beside the weights goes a JSON file that says what they were fitted on and how good they were.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import platform
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from core.papers.lens.features import STOP
from core.papers.lens.phrases import raw_words, stems_of
from core.papers.similarity.likeness import FILE, Likeness, cosines, load

TERMS = 15_000
SIZE = 128
MIN_PAPERS = 3  # a term of fewer papers says nothing of what goes with it
MAX_SHARE = 0.4  # nor does one that nearly every paper has
NEAREST = 10
_NOTHING = 1e-9  # of the strongest direction's variance
MARKUP = frozenset({"texttt", "textbf", "textit", "emph", "href", "url", "http", "https", "www", "com", "github"})
BROAD = 0.1  # a topic of more of the labelled papers is no topic


@dataclass(frozen=True, kw_only=True)
class Text:
    """One paper, and what curated lists call it."""

    id: str
    title: str
    abstract: str
    stages: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


def read_texts(paths: Sequence[Path]) -> list[Text]:
    """The papers of all files by id, each once; the first file that has its abstract wins.

    :raises ValueError: a file has no id, title or abstract, or there is no paper in all of them.
    """
    found: dict[str, Text] = {}
    for path in paths:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as stream:
            for row in _rows(stream, is_csv=".csv" in path.suffixes):
                text = _text(path, row)
                held = found.get(text.id)
                if held is None or (text.abstract and not held.abstract):
                    found[text.id] = text
    if not found:
        raise ValueError("no paper in these files; name CSV or JSONL files with id, title, abstract")
    return [found[key] for key in sorted(found)]


def _rows(stream: TextIO, *, is_csv: bool) -> Iterator[dict[str, Any]]:
    return iter(csv.DictReader(stream)) if is_csv else (json.loads(line) for line in stream if line.strip())


def _text(path: Path, row: dict[str, Any]) -> Text:
    try:
        paper = row.get("arxiv_id") or row["id"]
        title, abstract = row["title"], row["abstract"] or ""
    except KeyError as error:
        raise ValueError(f"{path}: a paper has no {error}; every one needs id, title, abstract") from None
    stages, topics = ((row.get(name) or "").replace(" | ", ";").split(";") for name in ("stages", "topic"))
    return Text(
        id=paper,
        title=title,
        abstract=abstract,
        stages=frozenset(filter(None, stages)),
        topics=frozenset(filter(None, topics)),
    )


def _good(stem: str) -> bool:
    return len(stem) > 1 and stem not in STOP and stem not in MARKUP and not stem.isdigit()


def terms_of(text: Text) -> set[str]:
    """Every word, and every pair of neighbours, that could become a term."""
    found: set[str] = set()
    for part in (text.title, text.abstract):
        stems = stems_of(raw_words(part))
        found.update(filter(_good, stems))
        found.update(f"{first} {second}" for first, second in pairwise(stems) if _good(first) and _good(second))
    return found


def fit(texts: Sequence[Text], *, most: int = TERMS, size: int = SIZE) -> Likeness:
    """Choose the terms, and find the directions by a truncated SVD of the weighted, normalised counts."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    papers = Counter(term for text in texts for term in terms_of(text))
    least = min(MIN_PAPERS, len(texts))
    usable = [term for term, count in papers.items() if count >= least and count <= MAX_SHARE * len(texts)]
    terms = sorted(sorted(usable, key=lambda term: (-papers[term], term))[:most])
    size = min(size, len(terms) - 1, len(texts) - 1)
    if size < 1:
        raise ValueError(f"{len(texts)} papers with {len(terms)} terms in common are too few to fit; give more")
    idf = np.log(len(texts) / np.array([papers[term] for term in terms]))
    plain = Likeness(model="", terms=terms, idf=idf, directions=np.zeros((len(terms), 1)))
    matrix = weighted(plain, texts)
    # The right singular vectors are the eigenvectors of X'X; unlike svds, eigsh draws all its numbers from one seed.
    squared = LinearOperator(
        (len(terms), len(terms)), matvec=lambda vector: matrix.T @ (matrix @ vector), dtype=np.float64
    )
    strength, directions = eigsh(squared, k=size, rng=np.random.default_rng(0))
    # Directions without strength are whatever the solver happened to draw.
    order = [place for place in np.argsort(-strength, kind="stable") if strength[place] > _NOTHING * strength.max()]
    directions = directions[:, order]
    # The sign of a singular vector is free: the largest part is positive.
    directions *= np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(len(order))])
    return Likeness(model="", terms=terms, idf=idf, directions=directions)


def weighted(model: Likeness, texts: Sequence[Text]) -> Any:
    """A sparse matrix (papers, terms) of weights, each row of length 1: plain TF-IDF."""
    from scipy import sparse

    read = [model.read(text.title, text.abstract) for text in texts]
    rows = [terms.weights / max(float(np.linalg.norm(terms.weights)), 1e-12) for terms in read]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate([terms.numbers for terms in read])
    return sparse.csr_matrix((np.concatenate(rows).astype(float), columns, ends), shape=(len(texts), len(model.terms)))


def write(model: Likeness, path: Path) -> None:
    """Arrays only: int8 directions with a scale a term, weights as float32, the terms as UTF-8 lines."""
    directions = model.directions
    scales = np.abs(directions).max(axis=1) / 127
    steps = np.rint(directions / np.where(scales > 0, scales, 1)[:, None])
    np.savez_compressed(
        path,
        terms=np.frombuffer("\n".join(model.terms).encode(), dtype=np.uint8),
        idf=model.idf.astype(np.float32),
        directions=steps.astype(np.int8),
        scales=scales.astype(np.float32),
    )


def is_held_out(text: Text) -> bool:
    """A fifth of the labelled papers, chosen by the id alone."""
    return bool(text.stages or text.topics) and zlib.crc32(text.id.encode()) % 5 == 0


def measure(model: Likeness, texts: Sequence[Text]) -> dict[str, Any]:
    """Of the nearest of each paper among `texts`, which share has a label of its own: by vectors, TF-IDF and chance."""
    held = Counter(topic for text in texts for topic in text.topics)
    broad = {topic for topic, count in held.items() if count > BROAD * len(texts)}
    vectors = model.vectors([(text.title, text.abstract) for text in texts])
    plain = weighted(model, texts)
    by = {
        "vectors": np.array([cosines(vector, vectors) for vector in vectors]),
        "tf_idf": (plain @ plain.T).toarray(),
        "chance": np.random.default_rng(0).random((len(texts), len(texts))),
    }
    found: dict[str, Any] = {"papers": len(texts), "nearest": NEAREST}
    labels = {"topic": [text.topics - broad for text in texts], "stage": [text.stages for text in texts]}
    for name, near in by.items():
        np.fill_diagonal(near, -np.inf)
        best = np.argsort(-near, axis=1, kind="stable")[:, :NEAREST]
        found[name] = {label: round(_share(best, sets), 4) for label, sets in labels.items()}
    return found


def _share(best: np.ndarray, labels: Sequence[frozenset[str]]) -> float:
    shares = [
        np.mean([bool(mine & labels[other]) for other in best[row]]) for row, mine in enumerate(labels) if len(mine)
    ]
    return float(np.mean(shares)) if shares else float("nan")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure on held-out papers, fit on everything, write the weights and what is to be known of them."""
    import scipy

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    texts = read_texts(options.texts)
    unseen = [text for text in texts if is_held_out(text)]
    about: dict[str, Any] = {
        "papers": len(texts),
        "ids_sha256": hashlib.sha256("\n".join(text.id for text in texts).encode()).hexdigest(),
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    }
    if len(unseen) > NEAREST:
        about["held_out"] = measure(fit([text for text in texts if not is_held_out(text)]), unseen)
    write(fit(texts), options.out)
    model = load(options.out)
    about |= {"model": model.model, "terms": len(model.terms), "size": model.size}
    options.out.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
