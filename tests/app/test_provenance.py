"""A result names the commit that it was made from, and says so where files differ from it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app import provenance


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def git(*words: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    (tmp_path / "code.py").write_text("a = 1\n", encoding="utf-8")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    return tmp_path


def test_a_changed_file_is_told(checkout: Path) -> None:
    clean = provenance.commit_of_code()
    assert len(clean) == 40
    (checkout / "code.py").write_text("a = 2\n", encoding="utf-8")
    assert provenance.commit_of_code() == f"{clean}+dirty"


def test_a_recorded_result_is_no_code(checkout: Path) -> None:
    clean = provenance.commit_of_code()
    results = checkout / "core" / "reference"
    results.mkdir(parents=True)
    (results / "rlhf.standard.cpu.json").write_text("{}", encoding="utf-8")
    assert provenance.commit_of_code() == clean
    (results / "rates.py").write_text("", encoding="utf-8")
    assert provenance.commit_of_code() == f"{clean}+dirty"


def test_without_git_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit_of_code() == ""
