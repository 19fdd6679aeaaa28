"""`trends` tells of a period what the page tells, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.cli import run
from app.settings import settings
from tests.app.trend_papers import PERIOD, fill

DAYS = ("--since", f"{PERIOD.start}", "--until", f"{PERIOD.end}")


@pytest.fixture
def _papers(home: Path, open_new: Callable[[Path], Database]) -> None:
    opened = open_new(settings().catalog)
    fill(opened)
    opened.close()


@pytest.mark.usefixtures("_papers")
def test_a_program_gets_counts_shares_intervals_and_papers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trends", *DAYS, "--by", "week", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["since"], found["before"]) == ("2026-07-01", "2026-05-01..2026-06-30")
    assert (found["papers_before"], found["papers"], found["unfinished"]) == (732, 744, False)
    change = next(one for one in found["topic"]["changes"] if one["value"] == "retrieval")
    assert change["direction"] == "rising" and change["q"] <= 0.05 and change["dispersion"] >= 1
    assert change["share_now"] == change["now"] / 744
    low, high = change["interval_now"]
    assert low < change["share_now"] < high
    weeks = [one for one in found["topic"]["counts"] if one["value"] == "retrieval"]
    assert [one["partial"] for one in weeks] == [True, *[False] * 8, True]
    assert all(one["share"] == one["n"] / one["of"] and len(one["interval"]) == 2 for one in weeks)
    assert sum(one["n"] for one in weeks) == change["now"]
    assert [(one["term"], one["before"], one["after"]) for one in found["terms"]] == [("Memory Palaces", 0, 37)]
    assert [one["votes"] for one in found["noticed"]][:2] == [1400, 1300]
    assert [one["stages"] for one in found["joins"]] == [["align", "ask"]]
    assert all(len(one["examples"]) == 3 for one in (*found["terms"], *found["joins"]))


@pytest.mark.usefixtures("_papers")
def test_people_get_tables(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert run(["trends", *DAYS]) == 0
    said = capsys.readouterr().out
    assert "rising" in said and "24% (" in said and "Memory Palaces" in said and "Align + Ask" in said


def test_an_empty_catalog_has_nothing_to_tell(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trends", *DAYS, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["papers"] == 0
    assert found["terms"] == found["noticed"] == found["joins"] == found["topic"]["changes"] == []
