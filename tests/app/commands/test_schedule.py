"""`python -m app schedule`: the daily sync is chosen and told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli import run


def told(capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    capsys.readouterr()
    assert run(["schedule", *options, "--json"]) == 0
    found: dict = json.loads(capsys.readouterr().out)
    return found


def test_it_is_off_at_first_and_looking_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    assert (found["on"], found["next"], found["served"]) == (False, None, False)
    assert run(["schedule"]) == 0
    assert capsys.readouterr().out.startswith("off; --on syncs every day at ")


def test_what_is_chosen_is_kept_and_the_next_one_is_within_a_day(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "--on", "--at", "09:45", "--zone", "Asia/Seoul", "--sources", "arxiv,rss")
    found = told(capsys)
    assert (found["on"], found["at"], found["zone"]) == (True, "09:45", "Asia/Seoul")
    assert found["sources"] == ["arxiv", "rss"]
    ahead = datetime.fromisoformat(found["next"]) - datetime.now(UTC)
    assert timedelta() < ahead <= timedelta(days=1)
    assert found["next"][11:16] == "00:45"
    assert told(capsys, "--at", "10:00")["next"][11:16] == "01:00"
    assert told(capsys, "--sources", "")["sources"] == ["arxiv", "huggingface"]
    assert told(capsys, "--off")["next"] is None
    assert told(capsys)["at"] == "10:00"


def test_it_says_that_nobody_looks_at_the_clock(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "--on"]) == 0
    assert "python -m app serve" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--at", "25:00"], "'25:00' is no time of day; write it as 09:45"),
        (["--at", "noon"], "write it as 09:45"),
        (["--zone", "Mars/Olympus"], "'Mars/Olympus' is no time zone; write it as Asia/Seoul"),
        (["--zone", "../etc/passwd"], "is no time zone"),
        (["--sources", "gopher"], "unknown source 'gopher'"),
    ],
)
def test_a_choice_that_cannot_be_is_one_line_and_changes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], options: list[str], why: str
) -> None:
    before = told(capsys)
    assert run(["schedule", "--on", *options]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert told(capsys) == before
