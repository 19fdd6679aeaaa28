"""Do all who ask one provider take turns, in one process and in several, whatever becomes of the others?"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.papers.asking.gate import Gate, Occupied

ROOT = Path(__file__).resolve().parents[4]
ASKING = """
import sys, time
from pathlib import Path
from core.papers.asking.gate import Gate
gate = Gate(delay=0.1, path=Path(sys.argv[1]))
for _ in range(3):
    with gate.turn():
        print(time.time(), flush=True)
        time.sleep(0.05)
        print(time.time(), flush=True)
"""
HOLDING = """
import sys, time
from pathlib import Path
from core.papers.asking.gate import Gate
with Gate(delay=0, path=Path(sys.argv[1])).turn():
    print("held", flush=True)
    time.sleep(60)
"""


def start(code: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_requests_of_two_processes_stand_apart_and_never_overlap(tmp_path: Path) -> None:
    asking = [start(ASKING, tmp_path / "gate") for _ in range(2)]
    lines = [process.communicate(timeout=30)[0].split() for process in asking]
    turns = sorted((float(begin), float(end)) for times in lines for begin, end in zip(*[iter(times)] * 2, strict=True))
    assert len(turns) == 6
    for (_, end), (begin, _) in itertools.pairwise(turns):
        assert begin - end >= 0.099


def test_a_holder_that_is_killed_holds_nobody_up(tmp_path: Path) -> None:
    holder = start(HOLDING, tmp_path / "gate")
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(Occupied, match="gate"), Gate(delay=0, path=tmp_path / "gate", patience=0.1).turn():
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    began = time.monotonic()
    # The killed one may have sent its request: the delay counts from there.
    with Gate(delay=0.05, path=tmp_path / "gate").turn():
        assert time.monotonic() - began < 5


def test_the_request_of_a_killed_holder_counts(tmp_path: Path) -> None:
    holder = start(HOLDING, tmp_path / "gate")
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    began = time.monotonic()
    with Gate(delay=1.0, path=tmp_path / "gate").turn():
        assert time.monotonic() - began > 0.5


def test_threads_of_one_process_take_turns_too(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def ask() -> None:
        with Gate(delay=0, path=tmp_path / "gate").turn():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


@pytest.mark.parametrize("shared", [True, False])
def test_the_first_turn_waits_for_nobody_and_the_second_for_the_delay(tmp_path: Path, shared: bool) -> None:
    gate = Gate(delay=0.2, path=tmp_path / "folder" / "gate" if shared else None)
    began = time.monotonic()
    with gate.turn():
        assert time.monotonic() - began < 0.15
    with gate.turn():
        assert time.monotonic() - began >= 0.19


def test_a_request_that_fails_counts_as_one(tmp_path: Path) -> None:
    gate = Gate(delay=0.2, path=tmp_path / "gate")
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    began = time.monotonic()
    with gate.turn():
        assert time.monotonic() - began >= 0.15


def test_a_clock_that_was_set_back_holds_nobody_for_hours(tmp_path: Path) -> None:
    path = tmp_path / "gate"
    path.touch()
    os.utime(path, (time.time() + 9999, time.time() + 9999))
    began = time.monotonic()
    with Gate(delay=0.1, path=path).turn():
        assert 0.09 <= time.monotonic() - began < 2


def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        Gate(delay=-1)
