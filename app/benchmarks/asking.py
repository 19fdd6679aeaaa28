"""How often is a question to the catalog answered where it has an answer, and not where it has none; and how soon?

The questions (questions.json) are about the papers that come with the app, among made-up ones. Half of them were there
when the rule was chosen (`dev`), half were kept from it (`test`). Of each half, 20 have an answer and 20 have none: six
about something else altogether, fourteen that ask of something the papers are about what no paper says. Seven more are
in Korean. A made-up paper is a heap of its field's words, so that it may speak of what no paper speaks of.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from app.asking.catalog import ask
from app.benchmarks.machine import described
from app.importing import load_starter
from app.provenance import commit_of_code
from core.papers.generator.synthetic import Synthetic
from db.connect import open_catalog
from db.papers import upsert

FILE = Path(__file__).with_name("questions.json")
SPLITS = ("dev", "test")
_BATCH = 2_000
_DAY = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question of the set.

    :param kind: `answer`, `easy` and `hard` (both without an answer), or `korean`.
    :param papers: ids of those that answer it; none where none does.
    """

    split: str
    kind: str
    question: str
    papers: tuple[str, ...]


def load() -> list[Asked]:
    """The set."""
    return [Asked(**row | {"papers": tuple(row["papers"])}) for row in json.loads(FILE.read_text(encoding="utf-8"))]


def fill(db: Database, *, papers: int, seed: int) -> None:
    """The papers that come with the app, and so many made-up ones."""
    load_starter(db)
    made = Synthetic(papers=papers, seed=seed).papers() if papers else iter(())
    while batch := list(islice(made, _BATCH)):
        upsert(db, batch, source="arxiv", day=_DAY.date(), seen_at=_DAY)


def measure(db: Database, questions: list[Asked]) -> dict[str, Any]:
    """What became of the questions, by kind, and the seconds that they took."""
    counts: dict[str, Counter[str]] = {}
    wall, cpu = [], []
    for asked in questions:
        begun, begun_cpu = time.perf_counter(), time.process_time()
        answer = ask(db, asked.question)
        wall.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - begun_cpu)
        group = "korean" if asked.kind == "korean" else "english"
        count = counts.setdefault(f"{group}, {'with' if asked.papers else 'without'} an answer", Counter())
        count["asked"] += 1
        count["found"] += answer.found
        if asked.papers and answer.found:
            quoted = [quote.stored.paper.id in asked.papers for quote in answer.quotes]
            count["right_paper_quoted"] += any(quoted)
            count["right_paper_first"] += quoted[0]
    return {
        "counts": {name: dict(count) for name, count in counts.items()},
        "seconds": {"median": statistics.median(wall), "most": max(wall)},
        "cpu_seconds": {"median": statistics.median(cpu), "most": max(cpu)},
    }


def run(*, papers: int, seed: int, split: str, folder: Path) -> dict[str, Any]:
    """Build a catalog, ask it, and remove it again.

    :param folder: where it lies in the meantime.
    """
    with _catalog(folder) as db:
        fill(db, papers=papers, seed=seed)
        found = measure(db, [asked for asked in load() if asked.split == split])
        (held,) = db.conn.execute("SELECT count(*) FROM papers").fetchone()
    return {
        "benchmark": "ask",
        "papers": held,
        "seed": seed,
        "split": split,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of_code(),
        "device": described(),
        **found,
    }


def rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures for people: what, and how much."""
    told = [("papers", f"{found['papers']:,}")]
    for name, count in found["counts"].items():
        words = f"{count['found']} of {count['asked']} found"
        if "right_paper_quoted" in count:
            words += f"; the right paper quoted {count['right_paper_quoted']}, first {count['right_paper_first']}"
        told.append((name, words))
    for name, key in (("seconds", "seconds"), ("… of processor time", "cpu_seconds")):
        told.append((name, f"median {found[key]['median']:.2f}, most {found[key]['most']:.2f}"))
    return told


@contextmanager
def _catalog(folder: Path) -> Iterator[Database]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as place:
        db = open_catalog(Path(place) / "catalog.db")
        try:
            yield db
        finally:
            db.close()
