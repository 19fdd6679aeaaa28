"""The Ray runner, on a real Ray: what a run says there is what it says here, as it comes, and it ends when asked to."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app import jobs
from app.runners import runners
from app.runners.ray import REQUIREMENT
from app.running.execution import begin, lock_of
from app.running.journal import LOG_FILE, events
from app.running.waiting import Queue
from app.settings import BadSettings, Settings, settings
from core.events import Event, Measure, Progress, Status
from core.params import BadParam
from db.runs import Run
from tests.app.runners.ray_cluster import Cluster, ray_cluster

ROOT = Path(__file__).resolve().parents[3]
Submit = Callable[..., Run]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with ray_cluster() as started:
        yield started


@pytest.fixture
def submit(catalog: Database, places: Settings, laboratory: str) -> Submit:
    def submit_toy(experiment: str = "toy", **options: Any) -> Run:
        given: dict[str, Any] = {"package": laboratory, "device": "cpu", "seed": 7, "enqueue": False}
        return jobs.submit(catalog, places, experiment, **(given | options))

    return submit_toy


def use(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRENDLAB_RAY_ADDRESS", address)
    settings.cache_clear()


@pytest.fixture
def on_ray(submit: Submit, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Submit:
    use(cluster.address, monkeypatch)
    return lambda *given, **options: submit(*given, runner="ray", **options)


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def said(places: Settings, run: Run) -> list[Event]:
    return [event for event, _ in events(jobs.folder_of(places, run.id))]


def has(places: Settings, run: Run, kind: str) -> bool:
    return any(event.type == kind for event in said(places, run))


def exact(places: Settings, run: Run) -> dict[tuple[str, str, int], float]:
    return {
        (event.name, event.arm, event.replicate): event.value
        for event in said(places, run)
        if isinstance(event, Measure) and event.exact
    }


def failures(places: Settings, run: Run) -> dict[str | None, str]:
    return {
        head["unit"]: event.message
        for event, head in events(jobs.folder_of(places, run.id))
        if isinstance(event, Status) and event.state == "failed"
    }


def do(catalog: Database, places: Settings, run: Run) -> Run:
    for _ in jobs.run_foreground(catalog, places, run):
        continue
    return jobs.status(catalog, run.id)


def test_a_run_on_ray_says_what_the_local_one_says_and_says_it_as_it_comes(
    catalog: Database, places: Settings, submit: Submit, on_ray: Submit
) -> None:
    here, there = submit(), on_ray(params={"seconds": 4.0})
    do(catalog, places, here)
    still_running = []
    for event, _ in jobs.run_foreground(catalog, places, there):
        if event.type == "point":
            still_running.append(not has(places, there, "verdict"))
    assert still_running[0]
    row = jobs.status(catalog, there.id)
    assert (row.state, row.done, row.message) == ("finished", 1.0, "")
    assert (row.ran_on or "").endswith("Ray, 1 node")
    assert len(exact(places, here)) == 3 * 6
    assert exact(places, there) == exact(places, here)
    threads = {event.value for event in said(places, there) if isinstance(event, Measure) and event.name == "threads"}
    assert threads == {1.0}
    times = [head["t"] for _, head in events(jobs.folder_of(places, there.id)) if head["unit"] is None]
    assert times == sorted(times)


def test_a_unit_that_raises_is_named_in_one_line_and_the_others_go_on_one_after_another(
    catalog: Database, places: Settings, submit: Submit, on_ray: Submit
) -> None:
    params = {"fault": "raise"}
    here, there = submit("slow-toy", params=params), on_ray("slow-toy", params=params)
    do(catalog, places, here)
    row = do(catalog, places, there)
    assert (row.state, row.message) == ("finished", "1 of 6 units failed")
    assert failures(places, there) == {"a-1": "ValueError: bad luck in a-1"}
    assert exact(places, there) == exact(places, here)
    log = (jobs.folder_of(places, there.id) / LOG_FILE).read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "and more of it" in log
    order = [
        (head["unit"], event.state)
        for event, head in events(jobs.folder_of(places, there.id))
        if isinstance(event, Status) and head["unit"] is not None
    ]
    assert [unit for unit, _ in order[::2]] == [unit for unit, _ in order[1::2]]


def test_a_unit_whose_process_is_killed_has_failed_and_the_others_go_on(
    catalog: Database, places: Settings, on_ray: Submit
) -> None:
    run = on_ray(params={"fault": "kill"})
    assert do(catalog, places, run).state == "finished"
    assert failures(places, run) == {"a-1": "its process was killed, perhaps out of memory"}


def test_a_real_experiment_measures_the_same_on_ray(
    catalog: Database, places: Settings, submit: Submit, on_ray: Submit
) -> None:
    options = {"package": "core.experiments", "params": {"texts": 4, "length": 8, "prompt": "one two one two"}}
    here, there = submit("attention-maps", **options), on_ray("attention-maps", **options)
    assert do(catalog, places, here).state == "finished"
    assert do(catalog, places, there).state == "finished"
    assert exact(places, here)
    assert exact(places, there) == exact(places, here)


def test_a_run_is_cancelled_within_two_seconds_and_leaves_nothing_on_the_cluster(
    catalog: Database, places: Settings, submit: Submit, on_ray: Submit, cluster: Cluster
) -> None:
    run = on_ray(params={"seconds": 300})
    begin(catalog, places, run)
    wait_for(lambda: has(places, run, "point"))
    # Meanwhile this machine is free for others.
    assert do(catalog, places, submit()).state == "finished"
    assert cluster.workers()
    assert [task for task in cluster.tasks() if task.startswith(("ray::a-", "ray::b-"))]
    began = time.monotonic()
    row = jobs.cancel(catalog, places, run.id)
    assert time.monotonic() - began < 2
    assert (row.state, row.message) == ("cancelled", "cancelled")
    assert not runners()["ray"].alive(jobs.folder_of(places, run.id))
    wait_for(lambda: not cluster.workers())
    wait_for(lambda: not [task for task in cluster.tasks() if task.startswith(("ray::a-", "ray::b-"))])


def test_a_job_that_dies_on_the_cluster_is_a_run_that_failed_in_one_line(
    catalog: Database, places: Settings, on_ray: Submit, cluster: Cluster
) -> None:
    run = on_ray(params={"seconds": 300})
    begin(catalog, places, run)
    wait_for(lambda: has(places, run, "point"))
    (worker,) = cluster.workers()
    worker.kill()
    wait_for(lambda: not runners()["ray"].alive(jobs.folder_of(places, run.id)))
    row = jobs.fold(catalog, places, run.id)
    assert row.state == "failed"
    assert "the job on Ray ended before its work (failed, exit code 137)" in row.message
    assert "\n" not in row.message


class Line:
    """A connection to the cluster that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._open: list[socket.socket] = []
        self._cut = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        self._cut.set()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut.clear()

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self._cut.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._far))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_is_lost_for_a_while_loses_nothing(
    catalog: Database, places: Settings, submit: Submit, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Line(cluster.port)) as line:
        use(line.address, monkeypatch)
        here, there = submit(), submit(params={"seconds": 2.0}, runner="ray")
        begin(catalog, places, there)
        wait_for(lambda: has(places, there, "point"))
        line.cut()
        wait_for(lambda: any("lost" in note for note in notes(places, there)))
        line.mend()
        wait_for(lambda: not runners()["ray"].alive(jobs.folder_of(places, there.id)))
    do(catalog, places, here)
    assert jobs.fold(catalog, places, there.id).state == "finished"
    assert exact(places, there) == exact(places, here)
    measures = [event for event in said(places, there) if isinstance(event, Measure)]
    assert len(measures) == 6 * 5, "a line came twice"
    assert "the connection to Ray is back" in notes(places, there)


def notes(places: Settings, run: Run) -> list[str]:
    return [event.note.get("en", "") for event in said(places, run) if isinstance(event, Progress)]


def test_a_cluster_that_is_not_there_is_told_in_one_line(
    catalog: Database, places: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("http://127.0.0.1:9", monkeypatch)
    row = do(catalog, places, submit(runner="ray"))
    assert row.state == "failed"
    assert row.message.startswith("no Ray cluster answers at http://127.0.0.1:9 (")
    assert "\n" not in row.message


def test_a_runner_that_cannot_be_had_is_refused_and_says_why(
    places: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    hindrances = {name: runner.hindrance() for name, runner in runners().items()}
    assert hindrances["local"] is None
    assert hindrances["ray"] is not None
    with pytest.raises(BadParam, match="runner: TRENDLAB_RAY_ADDRESS names no cluster"):
        submit(runner="ray")
    with pytest.raises(BadParam, match="runner: 'slurm' is not one of local, ray"):
        submit(runner="slurm")
    use("http://127.0.0.1:8265", monkeypatch)
    assert runners()["ray"].hindrance() is None
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadParam, match="pip install 'ray"):
        submit(runner="ray")
    assert not places.runs.exists()


def test_the_command_says_in_one_line_what_the_runner_lacks(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "app", "run", "attention-maps", "--runner", "ray"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("trendlab: runner: TRENDLAB_RAY_ADDRESS names no cluster")
    assert done.stderr.count("\n") == 1


def test_a_run_that_was_sent_from_where_the_library_is_missing_says_so(
    places: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("http://127.0.0.1:9", monkeypatch)
    folder = jobs.folder_of(places, submit(runner="ray").id)
    program = (
        "import sys; sys.modules['ray'] = None; from app.running.ray_job import main; "
        "sys.exit(main([sys.argv[1], '--address', 'http://127.0.0.1:9']))"
    )
    done = subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 1
    last, _ = events(folder)[-1]
    assert isinstance(last, Status)
    assert last.message == f"the Ray library is missing here: pip install '{REQUIREMENT}'"


def test_runs_on_ray_wait_for_each_other_and_not_for_those_here(
    catalog: Database, places: Settings, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("http://127.0.0.1:9", monkeypatch)
    here, there = submit(enqueue=True), submit(runner="ray", enqueue=True)
    assert queued(places, "local") == [here.id]
    assert queued(places, "ray") == [there.id]
    assert jobs.recover(catalog, places) == [here.id, there.id]
    assert queued(places, "local") == [here.id]
    assert queued(places, "ray") == [there.id]
    locks = {lock_of(places, runner.holds("cpu")) for runner in runners().values()}
    assert len(locks) == len(runners())
    record = json.loads((jobs.folder_of(places, there.id) / "run.json").read_text(encoding="utf-8"))
    assert record["runner"] == "ray"


def queued(places: Settings, runner: str) -> list[str]:
    with closing(Queue(places, runner)) as queue:
        return [task.args[0] for task in queue.huey.pending()]


@pytest.mark.parametrize("address", ["127.0.0.1:8265", "ray://host:10001", "http://user:secret@host:8265"])
def test_an_address_that_cannot_be_used_is_refused_and_shows_no_password(
    places: Settings, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(address, monkeypatch)
    with pytest.raises(BadSettings, match="TRENDLAB_RAY_ADDRESS: ") as caught:
        settings()
    assert "secret" not in str(caught.value)


def test_the_library_that_is_asked_for_is_the_one_that_is_tested() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        assert REQUIREMENT in (ROOT / name).read_text(encoding="utf-8"), name
