"""How many papers a second are parsed, merged, tagged, stored, indexed and accounted for, network aside?

    python -m app.benchmarks.ingest CATALOG --papers 20000 --seed 1 --page 200

The answers are synced through `app.ingest.sync`, a window a month and source, a transaction a page, as any sync does. A
process of its own so that its peak memory is the ingest's alone. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import ingest
from app.benchmarks.feed import Feed, Frame
from core.papers.formats.arxiv_atom import parse_feed
from core.papers.formats.hf_daily import parse_daily
from core.papers.generator.synthetic import Synthetic
from core.papers.paper import Paper
from core.papers.source import Checkpoint, Page, Problem, Window
from core.papers.tagging import tag_papers
from core.papers.tags import Tagging
from db import reading, yardsticks
from db.connect import open_catalog
from db.records import STATES

if TYPE_CHECKING:
    from sqlite_utils import Database

BARE = 20_000  # papers of the yardstick
_TELL = 50_000  # papers between two lines about how far it is
_READ = 0.002  # of all papers the reader has looked at; at most _MOST_READ
_MOST_READ = 2_000
_APART = 10


class _Clock:
    """Where the time of a sync goes, and how far the papers are."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._begun, self._begun_cpu = time.perf_counter(), time.process_time()
        self.parsing = self.tagging = 0.0
        self.papers = 0
        self.marks: list[tuple[int, float, float]] = [(0, 0.0, 0.0)]

    def busy(self) -> float:
        """Seconds since the beginning, without those spent waiting for the made-up answers."""
        return time.perf_counter() - self._begun - self._feed.waited

    def cpu(self) -> float:
        """Seconds of processor time, reading the answers aside: what a busy machine hardly changes."""
        return time.process_time() - self._begun_cpu - self._feed.cpu

    def tag(self, papers: Sequence[Paper]) -> list[Tagging]:
        """The project's tagger, timed."""
        started = time.perf_counter()
        found = tag_papers(papers)
        self.tagging += time.perf_counter() - started
        return found

    def parse(self, frame: Frame) -> tuple[Paper | Problem, ...]:
        """The records of an answer, timed."""
        started = time.perf_counter()
        records = parse_feed(frame.body).records if frame.source == "arxiv" else parse_daily(frame.body)
        self.parsing += time.perf_counter() - started
        return records

    def mark(self, stored: int) -> None:
        """So many new papers are in."""
        before, self.papers = self.papers, self.papers + stored
        self.marks.append((self.papers, self.busy(), self.cpu()))
        if before // _TELL < self.papers // _TELL:
            sys.stderr.write(f"{self.papers:,} papers, {self.papers / self.busy():,.0f} a second\n")

    def rate_from(self, papers: float) -> float:
        """Papers a second from this number on."""
        number, begun, _ = self._at(papers)
        return (self.papers - number) / (self.marks[-1][1] - begun)

    def cpu_rate_to(self, papers: float) -> float:
        """Papers a second of processor time up to this number."""
        number, _, cpu = self._at(papers)
        return number / cpu

    def _at(self, papers: float) -> tuple[int, float, float]:
        return next(mark for mark in self.marks if mark[0] >= min(papers, self.papers))


class _Window:
    """One window's answers, as an open source gives them."""

    def __init__(self, first: Frame, rest: Iterator[Frame], clock: _Clock) -> None:
        self._first, self._rest, self._clock = first, rest, clock

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The pages; a page counts as stored when the next one is asked for."""
        frame, done = self._first, 0
        while True:
            records = self._clock.parse(frame)
            papers = tuple(record for record in records if isinstance(record, Paper))
            done += len(records)
            yield Page(
                papers=papers,
                said=frame.total if frame.source == "arxiv" else None,
                received=len(records),
                checkpoint=None if frame.last else {"start": done},
                problems=tuple(record for record in records if isinstance(record, Problem)),
            )
            self._clock.mark(len(papers) if frame.source == "arxiv" else 0)
            if frame.last:
                return
            frame = next(self._rest)


def build(path: Path, *, papers: int, seed: int, page: int) -> dict[str, Any]:
    """Fill a new catalog, and say how that went.

    :raises ValueError: a window was not complete.
    """
    begun = time.perf_counter()
    db = open_catalog(path)
    sources = {source.id: source for source in ingest.choose_sources(["arxiv", "huggingface"])}
    tag_papers([])  # the tagger's weights are read once, before the clock runs
    with Feed(papers=papers, seed=seed, page=page) as feed:
        rest = iter(feed)
        first = next(rest)
        clock = _Clock(feed)
        feed.waited = feed.cpu = 0.0
        frame: Frame | None = first
        windows = merged = 0
        while frame is not None:
            window, source = Window(since=frame.since, until=frame.until), sources[frame.source]
            row = ingest.sync(db, source, _Window(frame, rest, clock), window, tagger=clock.tag, delay=0.0)
            if row.outcome != "complete" or row.refused:
                raise ValueError(f"window {window} of {frame.source} ended {row.outcome}: {row.error or row.reasons}")
            windows += 1
            merged += row.received - row.new
            frame = next(rest, None)
        seconds, cpu = clock.busy(), clock.cpu()
    reading_seconds, marked = _read_some(db, papers)
    db.close()  # the last connection brings the write-ahead log home
    return {
        "papers": clock.papers,
        "merged_again": merged,
        "windows": windows,
        "page": page,
        "seconds": seconds,
        "papers_per_second": clock.papers / seconds,
        "papers_per_cpu_second": clock.papers / cpu,
        "papers_per_second_last_tenth": clock.rate_from(0.9 * clock.papers),
        "first": {"papers": min(BARE, clock.papers), "papers_per_cpu_second": clock.cpu_rate_to(BARE)},
        "shares": {
            "parse": clock.parsing / seconds,
            "tag": clock.tagging / seconds,
            "store": 1 - (clock.parsing + clock.tagging) / seconds,
        },
        "waited_for_answers": feed.waited,
        "wall_seconds": time.perf_counter() - begun,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "marked_read": {"papers": marked, "seconds": reading_seconds},
        "bare_fts5": bare(path.with_name(path.name + ".bare"), papers=min(BARE, papers), seed=seed, page=page),
    }


def _read_some(db: Database, papers: int) -> tuple[float, int]:
    """A reader has looked at one of ten of the newest papers; seconds and how many."""
    wanted = max(3, min(_MOST_READ, int(papers * _READ)))
    ids = yardsticks.newest_ids(db, _APART * wanted)[::_APART]
    started = time.perf_counter()
    for number, paper_id in enumerate(ids):
        reading.set_state(db, paper_id, STATES[number % len(STATES)])
    return time.perf_counter() - started, len(ids)


def bare(path: Path, *, papers: int, seed: int, page: int) -> dict[str, float]:
    """The yardstick: the same texts go into one FTS5 table, and nothing else is done."""
    index = yardsticks.BareIndex(path)
    spent = spent_cpu = 0.0
    batch: list[tuple[str, str | None, str]] = []
    for number, paper in enumerate(Synthetic(papers=papers, seed=seed).papers(), start=1):
        batch.append((paper.title, paper.abstract, json.dumps(paper.authors)))
        if len(batch) == page or number == papers:
            started, started_cpu = time.perf_counter(), time.process_time()
            index.add(batch)
            spent += time.perf_counter() - started
            spent_cpu += time.process_time() - started_cpu
            batch.clear()
    index.close()
    path.unlink()
    return {"papers": papers, "papers_per_second": papers / spent, "papers_per_cpu_second": papers / spent_cpu}


def main() -> None:
    """Build a catalog and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalog", type=Path)
    for name in ("--papers", "--seed", "--page"):
        parser.add_argument(name, type=int, required=True)
    options = parser.parse_args()
    found = build(options.catalog, papers=options.papers, seed=options.seed, page=options.page)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
