"""The worker: one folder in, JSON lines out, whatever its units do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.running.journal import events
from app.worker import Tally
from core.events import Event, Measure, Status, Verdict
from core.experiment import Unit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    return made


def describe(folder: Path, laboratory: str, *, experiment: str = "toy", **changes: Any) -> None:
    record = {"v": 1, "run": "r1", "experiment": experiment, "package": laboratory, "params": {}, "seed": 7}
    (folder / "run.json").write_text(json.dumps(record | {"device": "cpu"} | changes), encoding="utf-8")


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "app.worker", str(folder), *options]


def work(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, *options), cwd=ROOT, capture_output=True, text=True, timeout=60)


def said(folder: Path) -> list[Event]:
    return [event for event, _ in events(folder)]


def verdict(folder: Path) -> Verdict:
    (found,) = [event for event in said(folder) if isinstance(event, Verdict)]
    return found


def failures(folder: Path) -> dict[str | None, str]:
    return {
        head["unit"]: event.message
        for event, head in events(folder)
        if isinstance(event, Status) and event.state == "failed"
    }


def exact(folder: Path) -> dict[tuple[str, str, int], float]:
    return {
        (event.name, event.arm, event.replicate): event.value
        for event in said(folder)
        if isinstance(event, Measure) and event.exact
    }


def last(folder: Path) -> Status:
    event = said(folder)[-1]
    assert isinstance(event, Status)
    return event


def test_a_run_begins_with_started_and_ends_with_a_verdict_and_finished(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, commit="abc")
    done = work(folder)
    assert done.returncode == 0
    first = said(folder)[0]
    assert isinstance(first, Status)
    assert first.state == "started"
    assert first.details["versions"]["python"]
    assert first.details["commit"] == "abc"
    found = verdict(folder)
    assert (found.outcome, found.n, found.commit) == ("supported", 3, "abc")
    assert found.device.startswith("cpu (")
    assert found.versions["numpy"]
    assert last(folder).state == "finished"


def test_stdout_holds_the_lines_of_the_file_and_no_noise(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory)
    done = work(folder)
    assert done.stdout == (folder / "events.jsonl").read_text(encoding="utf-8")
    assert done.stderr == ""
    log = (folder / "worker.log").read_text(encoding="utf-8")
    assert "noise on stdout" in log
    assert "noise on stderr" in log


def test_two_runs_with_one_seed_have_equal_exact_measures_in_whatever_order_units_run(
    folder: Path, laboratory: str, tmp_path: Path
) -> None:
    found = []
    for experiment, seed in (("toy", 7), ("slow-toy", 7), ("toy", 8)):
        describe(folder, laboratory, experiment=experiment, seed=seed)
        assert work(folder).returncode == 0
        found.append(exact(folder))
    assert len(found[0]) == 3 * 6
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_units_side_by_side_have_a_thread_each_and_others_all_threads_in_one_process(
    folder: Path, laboratory: str
) -> None:
    cores = len(os.sched_getaffinity(0))
    for experiment, threads, processes in (("toy", {1}, min(cores, 6)), ("slow-toy", {cores}, 1)):
        describe(folder, laboratory, experiment=experiment, params={"seconds": 0.2})
        work(folder)
        found: dict[str, set[float]] = {"threads": set(), "pid": set()}
        for event in said(folder):
            if isinstance(event, Measure) and event.name in found:
                found[event.name].add(event.value)
        assert found["threads"] == threads
        assert len(found["pid"]) == processes


def test_events_stream_while_a_unit_runs(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"seconds": 2.0})
    began = time.monotonic()
    child = subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    kinds = [(json.loads(child.stdout.readline())["type"], time.monotonic() - began)]
    # Generous for a busy machine; alone it takes a quarter of a second.
    assert kinds[0][1] < 1.5
    while kinds[-1][0] != "point":
        kinds.append((json.loads(child.stdout.readline())["type"], time.monotonic() - began))
    assert "measure" not in [kind for kind, _ in kinds]
    child.terminate()
    child.communicate(timeout=10)


def test_in_the_null_world_the_mechanism_is_off_and_the_verdict_says_so(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, null=True)
    work(folder)
    assert verdict(folder).outcome == "not supported"
    assert verdict(folder).null


def test_a_unit_that_raises_is_named_in_one_line_and_the_others_go_on(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"fault": "raise"})
    assert work(folder).returncode == 0
    assert failures(folder) == {"a-1": "ValueError: bad luck in a-1"}
    assert verdict(folder).n == 2
    assert "replicate 1: score of arm a was not measured" in verdict(folder).reason["en"]
    assert last(folder).message == "1 of 6 units failed"
    assert "Traceback" in (folder / "worker.log").read_text(encoding="utf-8")


def test_half_of_what_a_part_measured_does_not_pass_for_a_smaller_whole() -> None:
    parts = [
        Unit(id=f"{arm}-{number}", arm=arm, replicate=number, seed=0, params=None) for number in (0, 1) for arm in "ab"
    ]
    tally = Tally(parts)
    for part in parts:
        tally.add(part.measure("loss:1", 1.0, "nats"), part)
        ends = Status(state="failed", message="killed") if part.id == "b-1" else Status(state="finished")
        tally.add(ends, part)
    assert [dict(found) for found in tally.replicates()] == [
        {("loss:1", "a"): 1.0, ("loss:1", "b"): 1.0},
        {("loss:1", "a"): 1.0},
    ]


@pytest.mark.parametrize("experiment", ["toy", "slow-toy"])
def test_a_child_that_is_killed_is_a_failed_unit_and_the_others_go_on(
    folder: Path, laboratory: str, experiment: str
) -> None:
    describe(folder, laboratory, experiment=experiment, params={"fault": "kill"})
    assert work(folder).returncode == 0
    assert failures(folder) == {"a-1": "its process was killed by SIGKILL, perhaps out of memory"}
    assert verdict(folder).n == 2


def test_a_child_that_hangs_after_its_last_unit_does_not_hold_the_run(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"fault": "hang"})
    assert work(folder).returncode == 0
    assert verdict(folder).outcome == "supported"
    assert not failures(folder)


def test_a_run_fails_when_all_its_units_fail(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"fault": "all"})
    assert work(folder).returncode == 1
    assert last(folder).state == "failed"
    assert last(folder).message.startswith("all 6 units failed; the first, ")
    assert not [event for event in said(folder) if isinstance(event, Verdict)]


def test_a_skipped_arm_is_told_with_its_reason(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"fault": "skip"})
    assert work(folder).returncode == 0
    assert verdict(folder).outcome == "too small to tell"
    assert verdict(folder).skipped == {"b": "no such device"}


def test_numbers_that_are_not_finite_are_left_out_of_the_verdict(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"fault": "nan"})
    assert work(folder).returncode == 0
    assert (verdict(folder).outcome, verdict(folder).n) == ("too small to tell", 0)
    assert "not finite" in verdict(folder).reason["en"]


def test_a_unit_cannot_speak_for_the_run(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"fault": "verdict"})
    assert work(folder).returncode == 1
    assert "a unit may not yield Status" in last(folder).message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"experiment": "toi"}, "has no experiment 'toi'"),
        ({"params": {"effect": 11}}, "effect: 11.0 is not between -10.0 and 10.0"),
        ({"params": {"size": 1}}, "unknown parameter 'size'"),
        ({"device": "cuda"}, "run on --device cpu"),
    ],
)
def test_what_cannot_be_run_fails_with_one_line(
    folder: Path, laboratory: str, changes: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    describe(folder, laboratory, **changes)
    assert work(folder).returncode == 1
    assert last(folder).state == "failed"
    assert message in last(folder).message
    assert "\n" not in last(folder).message


def test_a_folder_without_a_readable_run_is_refused(folder: Path) -> None:
    done = work(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "run.json: No such file" in done.stderr
    (folder / "run.json").write_text('{"v": 1, "run": 1', encoding="utf-8")
    done = work(folder)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_only_some_units_can_be_run_and_then_nothing_is_decided(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory)
    assert work(folder, "--only", "a-0", "b-2").returncode == 0
    assert {head["unit"] for _, head in events(folder)} == {None, "a-0", "b-2"}
    assert not [event for event in said(folder) if isinstance(event, Verdict)]
    assert work(folder, "--only", "c-0").returncode == 1
    assert "no unit 'c-0'; there are: a-0" in last(folder).message


def test_a_second_attempt_starts_over_and_keeps_the_first_ones_lines(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory)
    (folder / "events.jsonl").write_text("half a li", encoding="utf-8")
    work(folder)
    assert (folder / "events.1.jsonl").read_text(encoding="utf-8") == "half a li"
    assert len([event for event in said(folder) if isinstance(event, Verdict)]) == 1
    work(folder)
    assert (folder / "events.2.jsonl").exists()
    assert len([event for event in said(folder) if isinstance(event, Verdict)]) == 1


def test_two_workers_cannot_be_at_one_folder(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"seconds": 30})
    first = subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    first.stdout.readline()
    second = work(folder)
    assert second.returncode == 2
    assert "another worker" in second.stderr
    first.terminate()
    first.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_and_its_children_at_once(folder: Path, laboratory: str, number: int) -> None:
    describe(folder, laboratory, params={"seconds": 600})
    child = subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while not any(event.type == "point" for event in said(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    # To the worker alone, not to its group: it has to end its children by itself.
    child.send_signal(number)
    assert child.wait(10) == 143
    assert time.monotonic() - began < 2
    assert last(folder).state == "cancelled"
    deadline = time.monotonic() + 5
    while _group_lives(child.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _group_lives(child.pid)


def test_children_end_when_their_worker_is_killed(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory, params={"seconds": 600})
    child = subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while not any(event.type == "point" for event in said(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    child.kill()
    child.wait()
    deadline = time.monotonic() + 5
    while _group_lives(child.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _group_lives(child.pid)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_worker_needs_neither_front_end_nor_catalog_nor_settings(folder: Path, laboratory: str) -> None:
    describe(folder, laboratory)
    program = (
        "import sys, app.worker; code = app.worker.main([sys.argv[1]]);"
        "open(sys.argv[2], 'w').write(' '.join(sorted(sys.modules))); sys.exit(code)"
    )
    # In a file with a guard, as children that are not forked import the main module again.
    script = folder / "main.py"
    script.write_text(f"if __name__ == '__main__':\n    {program}\n", encoding="utf-8")
    names = folder / "modules.txt"
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PYTHONPATH']}"}
    done = subprocess.run([sys.executable, script, folder, names], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0
    loaded = set(names.read_text(encoding="utf-8").split())
    assert "core.experiment" in loaded
    for banned in ("streamlit", "sqlite3", "sqlite_utils", "pydantic", "app.settings", "db", "huey", "torch"):
        assert banned not in loaded
