"""`python -m app digest` and `feeds`: written, told, chosen, and refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.cli import run
from app.digests.choice import read_choice
from app.settings import Settings, settings
from db import follows
from tests.app.digests.world import FRIDAY, came, paper, well


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    """A catalog with a paper of Friday's announcement, and something that is followed."""
    db = open_new(settings().catalog)
    came(db, [paper(1)])
    well(db)
    follows.add(db, kind="search", name="Attention", query="attention")
    return db


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    found: dict = json.loads(capsys.readouterr().out)
    return found


def test_a_day_goes_to_a_folder_and_is_told_for_programs(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    found = told(capsys, "digest", "--day", FRIDAY, "--out", str(out))
    assert (found["digest"], found["announced"], found["fitting"], found["why"]) == (FRIDAY, 1, 1, [])
    assert found["papers"] == ["2611.00001"] and found["settled"] is True
    assert all(Path(file).is_file() for file in found["files"].values())
    assert len(found["changed"]) == 4
    assert told(capsys, "digest", "--day", FRIDAY, "--out", str(out))["changed"] == []


def test_a_week_is_asked_for_by_its_name_or_a_day_in_it(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ("2026-W47", "2026-11-18"):
        found = told(capsys, "digest", "--week", words, "--out", str(tmp_path), "--language", "ko")
        assert (found["digest"], found["language"]) == ("2026-W47", "ko")


def test_by_default_it_is_the_last_one_in_the_folder_of_the_home(
    db: Database, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["digest"]) == 0
    assert run(["digest", "--week", "last"]) == 0
    assert len(list((home / "digests").glob("digest-*.html"))) == 2
    assert "nothing is different" not in capsys.readouterr().out
    assert run(["digest"]) == 0
    assert "nothing is different" in capsys.readouterr().out


def test_an_empty_one_is_written_and_says_why(db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["digest", "--day", "2026-11-15", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "arXiv announces nothing on Sunday 2026-11-15 (weekend)." in shown


def test_feeds_go_beside_the_digests_or_where_one_says(
    db: Database, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "feeds")
    assert Path(found["folder"]) == home / "digests" / "feeds"
    assert [feed["file"] for feed in found["feeds"]] == ["1-attention.atom"]
    assert Path(told(capsys, "feeds", "--out", str(tmp_path))["index"]) == tmp_path / "feeds.opml"
    assert told(capsys, "feeds", "--out", str(tmp_path))["changed"] == []


def test_a_choice_is_kept_and_used(
    db: Database, places: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine"
    found = told(capsys, "digest", "--every", "day", "--out", str(out), "--language", "ko", "--feeds")
    assert found == {"every": "day", "folder": str(out), "language": "ko", "feeds": True}
    assert not out.exists()
    choice = read_choice(db, places)
    assert (choice.often, choice.folder, choice.language, choice.feeds) == ("day", out, "ko", True)
    assert told(capsys, "digest", "--day", FRIDAY)["files"]["page"] == str(out / "digest-2026-11-20-ko.html")
    assert told(capsys, "digest", "--every", "never", "--no-feeds")["folder"] == str(out)
    assert not read_choice(db, places).is_on


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--day", "yesterday"], "'yesterday' is no day; write it as 2026-11-20"),
        (["--day", "2026-W47"], "is no day"),
        (["--week", "2026-W60"], "is no week; write it as 2026-W47"),
        (["--day", "2999-01-01"], "has not come yet"),
        (["--day", FRIDAY, "--week", "2026-W47"], "give one of them"),
        (["--language", "fr"], "unknown language 'fr'"),
        (["--every", "hour"], "there are: never, day, week"),
        (["--feeds"], "add --every"),
    ],
)
def test_bad_usage_is_one_line_and_writes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    assert run(["digest", *words]) == 2
    said = capsys.readouterr().err
    assert why in said and said.count("\n") == 1
    assert not (home / "digests").exists()


def test_a_folder_that_cannot_be_written_is_one_line(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for command in ("digest", "feeds"):
        assert run([command, "--out", str(tmp_path / "file" / "out")]) == 1
        said = capsys.readouterr().err
        assert "choose another one" in said and said.count("\n") == 1
