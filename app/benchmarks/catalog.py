"""How does the catalog do at a million papers? Made-up papers go in, everything is asked, ratios come out."""

from __future__ import annotations

import importlib.metadata
import platform
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.benchmarks.machine import described, part
from app.provenance import commit_of_code
from app.settings import ROOT

PAGE = 200  # papers of one answer; arXiv gives 100 by default and 2,000 at most
_LIBRARIES = ("numpy", "lxml", "sqlite-utils")
RECORDED = ROOT / "docs" / "benchmarks" / "catalog.json"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


def run(
    *, papers: int, seed: int, queries: Path, folder: Path, keep: Path | None = None, catalog: Path | None = None
) -> dict[str, Any]:
    """Build and measure a catalog; times in milliseconds, sizes in bytes, rates in papers a second.

    :param folder: where a catalog that is not kept is built, and removed again.
    :param keep: where the built catalog stays.
    :param catalog: one built before, which is measured as it is; nothing is built.
    :raises BenchmarkFailed: a part did not end well.
    """
    with place(folder, keep, catalog) as path:
        ingest = None
        if catalog is None:
            ingest = part("ingest", path, "--papers", papers, "--page", PAGE, "--seed", seed, environment=ONE_THREAD)
        warm = part("measure", path, "--part", "warm", "--queries", queries, environment=ONE_THREAD)
        cold = part("measure", path, "--part", "cold", "--queries", queries, environment=ONE_THREAD)
    found = {
        "benchmark": "catalog",
        "papers": warm["size"]["papers"],
        "seed": seed if catalog is None else None,
        "queries": str(queries),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of_code(),
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        },
        "device": described(),
        "ingest": ingest,
        **warm,
    }
    found["search"] = {"warm": warm["search"], "cold": cold["search"]}
    found["ratios"] = _ratios(found)
    return found


def _ratios(found: dict[str, Any]) -> dict[str, float]:
    """Figures beside a yardstick of the same run; above 1 is better than the yardstick."""
    stick = found["yardsticks"]
    slowest = max(row["p95"] for row in found["trends"].values() if isinstance(row, dict))
    ratios = {
        "ranking_all_over_search_p95": stick["all_ranked"]["p95"] / stick["newest_ranked"]["p95"],
        "grouping_tags_over_slowest_trend_table": stick["tags_grouped"] / slowest,
        "bare_rows_over_inbox": stick["newest_rows"]["p50"] / found["inbox"]["all"]["p50"],
        "warm_over_cold_search_p95": found["search"]["cold"]["p95"] / found["search"]["warm"]["p95"],
    }
    if (ingest := found["ingest"]) is not None:
        ratios["ingest_over_bare_fts5"] = (
            ingest["first"]["papers_per_cpu_second"] / ingest["bare_fts5"]["papers_per_cpu_second"]
        )
        ratios["last_tenth_over_all"] = ingest["papers_per_second_last_tenth"] / ingest["papers_per_second"]
    return ratios


@contextmanager
def place(folder: Path, keep: Path | None = None, catalog: Path | None = None) -> Iterator[Path]:
    """Where a catalog lies while it is measured."""
    if catalog is not None:
        yield catalog
    elif keep is not None:
        keep.parent.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        # Beside the catalog, not in /tmp, which may be memory.
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as place:
            yield Path(place) / "catalog.db"


def rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures for people: what, and how much."""
    size, warm, cold = found["size"], found["search"]["warm"], found["search"]["cold"]
    told = [("papers", f"{found['papers']:,}")]
    if (ingest := found["ingest"]) is not None:
        parts = ", ".join(f"{name} {share:.0%}" for name, share in ingest["shares"].items())
        told += [
            ("ingest, papers a second", f"{ingest['papers_per_second']:,.0f} ({parts})"),
            ("… of the last tenth", f"{ingest['papers_per_second_last_tenth']:,.0f}"),
            ("… a second of processor time", f"{ingest['papers_per_cpu_second']:,.0f}"),
            ("… peak memory", f"{ingest['peak_rss_mb']:,.0f} MB"),
        ]
    told += [
        ("catalog", f"{size['bytes'] / 2**20:,.0f} MB, {size['bytes_per_paper']:,.0f} bytes a paper"),
        ("search, warm", f"{_times(warm)}; {warm['queries']} queries, {warm['cut_off']} cut off"),
        ("search, cold", f"{_times(cold)}; file forgotten: {_yes(cold['file_was_forgotten'])}"),
    ]
    for group in ("inbox", "follows", "trends", "paper"):
        for name, row in found[group].items():
            shown = _times(row) if isinstance(row, dict) else f"{row:,.1f} ms"
            told.append((f"{group}: {name.replace('_', ' ')}", shown))
    told.append(("answering, peak memory", f"{found['peak_rss_mb']:,.0f} MB"))
    told += [(f"ratio: {name.replace('_', ' ')}", f"{value:,.2f}") for name, value in found["ratios"].items()]
    slow = "; ".join(f"{item['query']} ({item['ms']:,.0f} ms)" for item in warm["slowest"][:3])
    return [*told, ("slowest queries", slow)]


def markdown(found: dict[str, Any]) -> str:
    """The figures that the README shows, with the bars they are held to, as a Markdown table."""
    ingest, warm, cold = found["ingest"], found["search"]["warm"], found["search"]["cold"]
    tables = max(row["p95"] for name, row in found["trends"].items() if isinstance(row, dict))
    lists = max(row["p95"] for name, row in found["inbox"].items())
    told = [
        ("ingest: parse, merge, tag, write, index", f"{ingest['papers_per_second']:,.0f} papers/s", "≥ 2,000"),
        ("search, newest 5,000 matches ranked, p95 warm (cold)", f"{warm['p95']:.0f} ms ({cold['p95']:.0f})", "≤ 50"),
        ("the same, p50 warm (cold)", f"{warm['p50']:.0f} ms ({cold['p50']:.0f})", ""),
        ("slowest list or count of the Inbox, p95", f"{lists:.0f} ms", ""),
        ("slowest trend table, p95", f"{tables:.0f} ms", "≤ 200"),
        ("catalog on disk", f"{found['size']['bytes'] / 1e9:.1f} GB", ""),
        (
            "memory while ingesting; while answering",
            f"{ingest['peak_rss_mb']:.0f} MB; {found['peak_rss_mb']:.0f} MB",
            "",
        ),
    ]
    head = ["| what | measured | bar |", "| --- | --- | --- |"]
    return "\n".join([*head, *(f"| {what} | {figure} | {bar} |" for what, figure, bar in told)])


def _times(row: dict[str, float]) -> str:
    return f"p50 {row['p50']:,.1f}, p95 {row['p95']:,.1f}, worst {row['max']:,.1f} ms"


def _yes(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"
