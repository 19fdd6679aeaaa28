"""Do processes that work together end together, and does the one that failed say why?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.processes import together


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that fails in the process of RANK 1 where FAILS says so, and then lets the first one wait for ever."""
    (tmp_path / "sharing.py").write_text(
        "import os, sys, time, pathlib\n"
        "rank = os.environ['RANK']\n"
        "print('this is', rank, *sys.argv[1:], flush=True)\n"
        f"pathlib.Path({str(tmp_path)!r}, 'seen-' + rank).touch()\n"
        "if os.environ['FAILS'] == rank:\n"
        "    sys.exit('trendlab: rank ' + rank + ' has no memory left')\n"
        "if os.environ['FAILS'] != 'none':\n"
        "    time.sleep(600)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "sharing"


def ranks(fails: str) -> list[dict[str, str]]:
    return [{"RANK": rank, "FAILS": fails} for rank in "01"]


def test_the_first_speaks_for_all(module: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert together(module, "now", environments=ranks("none")) == 0
    assert capfd.readouterr().out == "this is 0 now\n"
    assert (tmp_path / "seen-1").exists()


def test_when_one_fails_the_others_end_and_its_words_are_passed_on(
    module: str, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    assert together(module, environments=ranks("1")) == 1
    assert capfd.readouterr().err == "trendlab: rank 1 has no memory left\n"
    assert time.monotonic() - began < 300, "the first one, which waits for ever, was ended"
