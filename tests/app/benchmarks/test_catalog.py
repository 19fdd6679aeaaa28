"""`bench catalog` in small: is every query answered, and every figure there?"""

from __future__ import annotations

import json
import math
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.benchmarks.queries import load
from app.cli import run

ROOT = Path(__file__).resolve().parents[3]
PAPERS = 2_000


def bench(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "bench", "catalog", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "catalog.db"


def figures(value: Any) -> list[float]:
    """All numbers in an answer."""
    if isinstance(value, dict):
        return [number for item in value.values() for number in figures(item)]
    if isinstance(value, list):
        return [number for item in value for number in figures(item)]
    return [value] if isinstance(value, int | float) else []


def test_a_small_run_answers_every_query_and_gives_every_figure(environment: dict[str, str], kept: Path) -> None:
    done = bench(environment, "--papers", str(PAPERS), "--seed", "3", "--keep", str(kept), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    ingest, warm, cold = found["ingest"], found["search"]["warm"], found["search"]["cold"]
    assert (found["papers"], ingest["papers"], found["seed"]) == (PAPERS, PAPERS, 3)
    assert ingest["papers_per_second"] > 0 and ingest["papers_per_second_last_tenth"] > 0
    assert sum(ingest["shares"].values()) == pytest.approx(1.0)
    assert all(0 < share < 1 for share in ingest["shares"].values())
    queries = load()
    assert warm["queries"] == warm["answered"] == len(queries) and warm["cut_off"] == warm["with_hints"] == 0
    assert warm["n"] == 3 * len(queries) and cold["n"] == len(queries)
    assert warm["p50"] <= warm["p95"] <= warm["max"]
    assert warm["with_hits"] > 0.5 * len(queries)
    assert {"stage_by_week", "topic_by_month", "application_changes_of_a_year", "settle"} <= set(found["trends"])
    assert {"joins_of_a_month", "terms_of_thirty_days", "noticed_of_a_year"} <= set(found["trends"])
    assert {"all", "unread", "stage", "rare_topic", "deep_page", "all_count"} <= set(found["inbox"])
    assert {"author", "topic", "search"} <= set(found["follows"])
    assert {"open", "correct", "uncorrect"} <= set(found["paper"])
    assert {"commit", "versions", "device", "size", "ratios", "yardsticks", "shares", "peak_rss_mb"} <= set(found)
    assert found["shares"]["language"] == pytest.approx(0.71, abs=0.05)
    assert all(math.isfinite(number) for number in figures(found))
    assert not list(Path(environment["TRENDLAB_HOME"]).glob("bench-*"))


def test_a_kept_catalog_is_measured_again_and_left_as_it_was(
    environment: dict[str, str], kept: Path, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.json"
    queries.write_text(
        '[{"query": "language", "terms": [["language", 0.7]]}, {"query": "is:unread"}]', encoding="utf-8"
    )
    with sqlite3.connect(kept) as connection:
        before = connection.execute(
            "SELECT paper, kind, value, origin, effective FROM tags ORDER BY 1, 2, 3, 4"
        ).fetchall()
    done = bench(environment, "--catalog", str(kept), "--queries", str(queries))
    assert done.returncode == 0, done.stderr
    assert "2 queries, 0 cut off" in done.stdout and "2,000" in done.stdout and "ingest" not in done.stdout
    with sqlite3.connect(kept) as connection:
        after = connection.execute(
            "SELECT paper, kind, value, origin, effective FROM tags ORDER BY 1, 2, 3, 4"
        ).fetchall()
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert after == before and len(before) > PAPERS / 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--papers", "3"], "papers"),
        (["--catalog", "/nowhere/catalog.db"], "/nowhere/catalog.db"),
        (["--keep", str(ROOT / "pyproject.toml")], "there already"),
        (["--keep", "/tmp/one.db", "--catalog", "/tmp/other.db"], "exclude each other"),
        (["--queries", "/nowhere/queries.json"], "/nowhere/queries.json"),
    ],
)
def test_bad_usage_is_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "catalog", *arguments]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and says in said
