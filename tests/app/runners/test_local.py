"""The local runner: starts a worker that outlives its starter, and ends it with all that it started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.runners import Handle
from app.runners.local import LocalRunner
from app.running.journal import events
from core.registry import discover

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path, laboratory: str) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    record = {"v": 1, "run": "r1", "experiment": "toy", "package": laboratory, "params": {"seconds": 300}, "seed": 1}
    (made / "run.json").write_text(json.dumps(record | {"device": "cpu"}), encoding="utf-8")
    return made


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def has(folder: Path, kind: str) -> bool:
    return any(event.type == kind for event, _ in events(folder))


def test_the_runner_is_found_by_its_id() -> None:
    assert isinstance(discover("app.runners", "RUNNER")["local"], LocalRunner)


def test_a_worker_is_alive_from_its_start_to_its_stop(folder: Path) -> None:
    runner = LocalRunner()
    assert not runner.alive(folder)
    handle = runner.start(folder)
    assert runner.alive(folder)
    assert Handle.load(folder) == handle
    wait_for(lambda: has(folder, "point"))
    began = time.monotonic()
    runner.stop(folder)
    assert time.monotonic() - began < 2
    assert not runner.alive(folder)
    wait_for(lambda: not group_lives(int(handle.key)))


def test_another_process_sees_and_ends_a_run_that_it_did_not_start(folder: Path) -> None:
    program = "import sys, pathlib; from app.runners.local import RUNNER; RUNNER.start(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT, check=True)
    wait_for(lambda: has(folder, "point"))
    stranger = LocalRunner()
    assert stranger.alive(folder)
    stranger.stop(folder)
    assert not stranger.alive(folder)
    assert events(folder)[-1][0].state == "cancelled"  # type: ignore[attr-defined]


def test_a_process_id_that_was_given_to_a_stranger_is_let_alone(folder: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    Handle(runner="local", key=str(stranger.pid)).save(folder)
    (folder / "worker.lock").touch()
    runner = LocalRunner()
    assert not runner.alive(folder)
    runner.stop(folder)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_worker_that_ignores_the_request_is_killed(folder: Path) -> None:
    runner = LocalRunner()
    handle = runner.start(folder)
    wait_for(lambda: has(folder, "point"))
    # A stopped process answers no SIGTERM.
    subprocess.run(["kill", "-STOP", handle.key], check=True)
    began = time.monotonic()
    runner.stop(folder, grace=0.3)
    assert time.monotonic() - began < 2
    assert not runner.alive(folder)


def test_the_worker_gets_no_setting_of_the_app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRENDLAB_LLM_KEY", "very secret")
    runner = LocalRunner()
    handle = runner.start(folder)
    wait_for(lambda: has(folder, "point"))
    assert b"very secret" not in Path(f"/proc/{handle.key}/environ").read_bytes()
    runner.stop(folder)
