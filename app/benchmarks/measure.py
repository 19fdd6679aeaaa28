"""How fast does a catalog answer: the search box, the Inbox, what is followed, trends, one paper?

    python -m app.benchmarks.measure CATALOG --part warm|cold [--queries FILE]

Warm: every query once before the clock runs, all with one connection, as a page that is open. Cold: for each query a
new connection, after the kernel was asked to forget the file. A process of its own, so that its peak memory is what
answering takes. Prints one JSON object; times are in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, get_args

import numpy as np

from app import trends as telling
from app.benchmarks.queries import COMMON, FILE, RARE, Query, load
from core.papers.generator.synthetic_names import Names
from core.papers.tags import TagKind
from core.papers.trends import Period
from db import follows, papers, series, tags, trends, yardsticks
from db.connect import open_catalog
from db.follows import Follow
from db.records import Filters, Found
from db.search import search

if TYPE_CHECKING:
    from sqlite_utils import Database

LIMIT = 20  # papers of a page
PASSES = 3  # over the set, after the first that warms up
_FIRST, _LAST = date(2016, 9, 1), date(2026, 8, 31)
_PERIODS = {
    "a_month": Period(date(2026, 8, 1), date(2026, 8, 31)),
    "thirty_days": Period(date(2026, 7, 20), date(2026, 8, 18)),  # of two months, which are counted title by title
    "a_year": Period(date(2025, 9, 1), date(2026, 8, 31)),
}
_OPENED, _CORRECTED, _REPEATS = 50, 20, 5
_EVERY = 12  # queries of the yardstick that ranks all matches
_SLOWEST = 8
_PROBES = 64
_FORGOTTEN = 0.05  # of the probes may still be in memory
_BY: tuple[series.By, ...] = ("week", "month")

_T = TypeVar("_T")
_P = ParamSpec("_P")


def summary(milliseconds: Sequence[float]) -> dict[str, float | int]:
    """Median, 95th percentile and worst of some times."""
    p50, p95 = np.percentile(milliseconds, (50, 95)).tolist()
    return {"p50": p50, "p95": p95, "max": max(milliseconds), "n": len(milliseconds)}


def timed(work: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> tuple[float, _T]:
    """How long it took, and what came of it."""
    started = time.perf_counter()
    found = work(*given, **named)
    return (time.perf_counter() - started) * 1000, found


# --- the search box ---------------------------------------------------------------------------------------------------


def warm_search(db: Database, queries: Sequence[Query]) -> dict[str, Any]:
    """The set, over and over with one connection."""
    first = [timed(search, db, query.text, limit=LIMIT) for query in queries]
    times = [[timed(search, db, query.text, limit=LIMIT)[0] for query in queries] for _ in range(PASSES)]
    middle = np.median(times, axis=0).tolist()
    slowest = sorted(zip(middle, queries, strict=True), key=lambda item: -item[0])[:_SLOWEST]
    return {
        **summary([one for row in times for one in row]),
        "first_pass": summary([one for one, _ in first]),
        "by_shape": {
            shape: summary([one for one, query in zip(middle, queries, strict=True) if _shape(query) == shape])
            for shape in sorted(set(map(_shape, queries)))
        },
        "slowest": [{"query": query.text, "ms": one} for one, query in slowest],
        **_answers([found for _, found in first]),
    }


def _answers(found: Sequence[Found]) -> dict[str, int]:
    """What kind of answers came."""
    return {
        "queries": len(found),
        "answered": sum(not one.cut for one in found),
        "with_hits": sum(bool(one.hits) for one in found),
        "whole": sum(one.whole for one in found),
        "newest_only": sum(not one.whole and not one.cut for one in found),
        "cut_off": sum(one.cut for one in found),
        "with_hints": sum(bool(one.hints) for one in found),
    }


def _shape(query: Query) -> str:
    if not query.terms:
        return "filters alone"
    kinds = {
        "phrase": any(part.text.startswith('"') for part in query.terms),
        "negative": any(part.text.startswith("-") for part in query.terms),
        "beginning": any(part.text.endswith("*") for part in query.terms),
        "title": any(part.text.startswith("title:") for part in query.terms),
    }
    kind = next((name for name, there in kinds.items() if there), "words")
    return f"{kind} with filters" if query.filters else kind


def cold_search(path: Path, queries: Sequence[Query]) -> dict[str, Any]:
    """The set, each query with a new connection on a file that the kernel was asked to forget."""
    times, opening, kept = [], [], []
    for query in queries:
        kept.append(forget(path))
        opened, db = timed(open_catalog, path)
        one, _ = timed(search, db, query.text, limit=LIMIT)
        db.close()
        opening.append(opened)
        times.append(one)
    known = [share for share in kept if share is not None]
    slowest = sorted(zip(times, queries, strict=True), key=lambda item: -item[0])[:_SLOWEST]
    return {
        **summary(times),
        "opening": summary(opening),
        "file_was_forgotten": None if not known else sum(known) / len(known) < _FORGOTTEN,
        "share_still_in_memory": None if not known else sum(known) / len(known),
        "slowest": [{"query": query.text, "ms": one} for one, query in slowest],
    }


def forget(path: Path) -> float | None:
    """Ask the kernel to drop the file from memory; the share of probes that were still there, None if unknown."""
    if not hasattr(os, "posix_fadvise") or not hasattr(os, "RWF_NOWAIT"):
        return None
    with path.open("rb") as stream:
        number = stream.fileno()
        size = os.fstat(number).st_size
        os.fsync(number)  # what is not on the disk yet cannot be forgotten
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        there = 0
        for place in range(_PROBES):
            try:
                os.preadv(number, [bytearray(1)], place * size // _PROBES, os.RWF_NOWAIT)
                there += 1
            except BlockingIOError:
                pass
            except OSError:
                return None
    return there / _PROBES


def shares(db: Database, queries: Sequence[Query]) -> dict[str, Any]:
    """Of the terms and filters of the set, what they do match here, beside what they were meant to."""
    total = papers.count(db, Filters())

    def found(parts: Iterable[Any]) -> dict[str, tuple[float, float]]:
        return {
            part.text: (part.share, papers.count(db, Filters(text=part.text.lstrip("-"))) / total) for part in parts
        }

    terms = [part for query in queries for part in query.terms]
    filters = [part for query in queries for part in query.filters]
    of_terms, of_filters = found(set(terms)), found(set(filters))
    return {
        "terms": len(terms),
        "terms_common": sum(of_terms[part.text][1] >= COMMON for part in terms) / max(1, len(terms)),
        "filters": len(filters),
        "filters_rare": sum(of_filters[part.text][1] < RARE for part in filters) / max(1, len(filters)),
        "language": papers.count(db, Filters(text="language")) / total,
        "reasoning": papers.count(db, Filters(text="reasoning")) / total,
        "retrieval": papers.count(db, Filters(text="retrieval")) / total,
        "filters_meant_and_found": {name: list(pair) for name, pair in sorted(of_filters.items())},
    }


# --- the pages --------------------------------------------------------------------------------------------------------


def inbox(db: Database) -> dict[str, Any]:
    """The newest papers, with and without filters, and how many there are."""
    views = {
        "all": Filters(),
        "unread": Filters(state="unread"),
        "stage": Filters(stage="ask", state="unread"),
        "rare_topic": Filters(topic="quantization", state="unread"),
        "days": Filters(since=date(2025, 1, 1), until=date(2025, 6, 30), state="unread"),
        "source": Filters(source="huggingface", state="unread"),
        "saved": Filters(state="saved"),
    }
    found: dict[str, Any] = {}
    for name, filters in views.items():
        found[name] = _repeat(papers.browse, db, filters=filters, limit=LIMIT)
        found[f"{name}_count"] = _repeat(papers.count, db, filters)
    deep = min(10_000, papers.count(db, Filters()) // 2)
    found["deep_page"] = _repeat(papers.browse, db, filters=Filters(state="unread"), limit=LIMIT, offset=deep)
    return found


def followed(db: Database) -> dict[str, Any]:
    """How many unread papers wait for what is followed."""
    names, now = Names(), datetime.now(UTC)
    queries = {
        "author": f'author:"{names.given(2)} {names.family(2)}"',
        "topic": "topic:retrieval",
        "rare_topic": "topic:quantization",
        "search": '"large language models" reasoning',
    }
    return {
        name: _repeat(follows.waiting, db, Follow(id=0, kind="search", name="", query=query, created=now, visited=now))
        for name, query in queries.items()
    }


def trend_tables(db: Database) -> dict[str, Any]:
    """Every trend table over ten years; a month and a year against those before; what a sync left to count first."""
    found: dict[str, Any] = {"settle": timed(trends.settle, db)[0]}
    kinds: tuple[TagKind, ...] = get_args(TagKind)
    for kind in kinds:
        for by in _BY:
            found[f"{kind}_by_{by}"] = _repeat(series.series, db, kind, by=by, since=_FIRST, until=_LAST, today=_LAST)
    for name, period in _PERIODS.items():
        for kind in kinds:
            found[f"{kind}_changes_of_{name}"] = _repeat(telling.changes, db, kind, period)
        found[f"joins_of_{name}"] = _repeat(telling.joined, db, period)
        found[f"terms_of_{name}"] = _repeat(telling.new_terms, db, period)
        found[f"noticed_of_{name}"] = _repeat(telling.noticed, db, period, limit=LIMIT)
    return found


def one_paper(db: Database) -> dict[str, Any]:
    """Opening a paper, and filing it by hand (taken back at once: the catalog stays as it was)."""
    total = papers.count(db, Filters())
    step = max(1, total // _OPENED)
    ids = yardsticks.ids_apart(db, step=step, most=_OPENED)
    opened = [timed(papers.get, db, name)[0] for name in ids]
    corrected, undone = [], []
    for name in ids[:_CORRECTED]:
        corrected.append(timed(tags.correct, db, name, "stage", ["align"])[0])
        undone.append(timed(tags.uncorrect, db, name, "stage")[0])
    return {"open": summary(opened), "correct": summary(corrected), "uncorrect": summary(undone)}


def _repeat(work: Callable[_P, object], *given: _P.args, **named: _P.kwargs) -> dict[str, float | int]:
    """Once to warm up, then some times."""
    work(*given, **named)
    return summary([timed(work, *given, **named)[0] for _ in range(_REPEATS)])


# --- yardsticks -------------------------------------------------------------------------------------------------------


def beside(db: Database, queries: Sequence[Query]) -> dict[str, Any]:
    """What the same questions cost without what the catalog does for speed, in the same run."""
    plain = [query for query in queries if query.terms and not query.filters and _shape(query) == "words"][:_EVERY]
    newest = [timed(search, db, query.text, limit=LIMIT)[0] for query in plain]
    every = [timed(search, db, query.text, limit=LIMIT, every=True)[0] for query in plain]
    return {
        "queries": len(plain),
        "newest_ranked": summary(newest),
        "all_ranked": summary(every),
        "tags_grouped": timed(yardsticks.group_tags, db)[0],
        "newest_rows": _repeat(yardsticks.newest_rows, db, LIMIT),
    }


def size(db: Database, path: Path) -> dict[str, Any]:
    """Bytes of the catalog and what is in them."""
    total = papers.count(db, Filters())
    pages = [path, path.with_name(path.name + "-wal")]
    held = sum(part.stat().st_size for part in pages if part.exists())
    return {
        "papers": total,
        "bytes": held,
        "bytes_per_paper": held / max(1, total),
        "index_segments": yardsticks.index_segments(db),
    }


def warm(path: Path, queries: Sequence[Query]) -> dict[str, Any]:
    """Everything that is measured with one connection."""
    opening, db = timed(open_catalog, path)
    found = {
        "opening": opening,
        "size": size(db, path),
        "search": warm_search(db, queries),
        "inbox": inbox(db),
        "follows": followed(db),
        "trends": trend_tables(db),
        "paper": one_paper(db),
    }
    found["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # What follows is only to compare with, and to show what the set asks for.
    found |= {"yardsticks": beside(db, queries), "shares": shares(db, queries)}
    db.close()
    return found


def main() -> None:
    """Measure one part and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--part", choices=("warm", "cold"), required=True)
    parser.add_argument("--queries", type=Path, default=FILE)
    options = parser.parse_args()
    queries = load(options.queries)
    if options.part == "warm":
        found = warm(options.catalog, queries)
    else:
        found = {"search": cold_search(options.catalog, queries)}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
