"""Do backup, restore and doctor do what they say, and end with the right code?"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.commands.keeping import lives
from tests.forked_app import run


@pytest.fixture
def catalog(environment: dict[str, str], tmp_path: Path) -> Path:
    """A catalog with two papers."""
    source = tmp_path / "papers.jsonl"
    source.write_text(
        '{"id": "2601.00001", "title": "Prompting language models with care"}\n'
        '{"id": "2601.00002", "title": "Rivers of tokens"}\n',
        encoding="utf-8",
    )
    assert run(environment, "import", str(source)).returncode == 0
    return tmp_path / "home" / "catalog.db"


def test_a_backup_is_written_and_restored(environment: dict[str, str], catalog: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    done = run(environment, "backup", str(kept))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{kept}: 2 papers, " in done.stdout and "MB" in done.stdout
    again = run(environment, "backup", str(kept))
    assert again.returncode == 1 and "--force" in again.stderr and len(again.stderr.splitlines()) == 1
    assert json.loads(run(environment, "backup", str(kept), "--force", "--json").stdout)["papers"] == 2
    elsewhere = environment | {"TRENDLAB_HOME": str(tmp_path / "elsewhere")}
    assert json.loads(run(elsewhere, "restore", str(kept), "--json").stdout)["aside"] is None
    here = run(environment, "restore", str(kept))
    assert here.returncode == 0, here.stderr
    (aside,) = catalog.parent.glob("catalog.db.before-restore-*")
    assert f"{catalog}: 2 papers" in here.stdout and str(aside) in here.stdout


def test_what_is_no_backup_is_refused_in_one_line(environment: dict[str, str], catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("a letter", encoding="utf-8")
    for name in ("letter.db", "missing.db"):
        done = run(environment, "restore", str(tmp_path / name))
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert name in done.stderr
    assert not list(catalog.parent.glob("catalog.db.*"))


def test_the_doctor_mends_a_broken_index_and_says_so(environment: dict[str, str], catalog: Path) -> None:
    with closing(sqlite3.connect(catalog)) as plain:
        plain.execute("DELETE FROM papers_fts_data")
        plain.commit()
    broken = run(environment, "search", "rivers")
    assert broken.returncode == 1
    assert len(broken.stderr.splitlines()) == 1 and "python -m app doctor" in broken.stderr
    done = run(environment, "doctor")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("search index: ")]
    assert "was broken" in line and "rebuilt, 2 papers" in line and line.endswith(" s")
    assert "2 papers, " in done.stdout and "last_syncs" in done.stdout
    (found,) = json.loads(run(environment, "search", "rivers", "--json").stdout)
    assert found["id"] == "2601.00002"


def test_the_doctor_names_a_damaged_file_and_ends_with_1(environment: dict[str, str], catalog: Path) -> None:
    with closing(sqlite3.connect(catalog)) as plain:
        (root,) = plain.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tags'").fetchone()
    with catalog.open("r+b") as stream:
        stream.seek((root - 1) * 4096)
        stream.write(b"\xa5" * 4096)
    done = run(environment, "doctor", "--json")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "python -m app restore" in done.stderr
    report = json.loads(done.stdout)
    assert {"python", "sqlite", "cores", "device", "libraries", "missing", "models", "home"} <= report.keys()
    (check,) = report["checks"]
    assert (check["part"], check["outcome"]) == ("pages", "broken")


def test_an_owner_lives_as_long_as_its_process() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert lives(f"{process.pid}-abc") and lives(str(process.pid))
    process.communicate()
    assert not lives(f"{process.pid}-abc")
    assert not any(map(lives, (f"{os.getpid()}-abc", "", "None", "-1", str(10**30))))
