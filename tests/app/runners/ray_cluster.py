"""A real Ray of two cores for the tests, on this machine alone: what it takes to start, find and end it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil

_BIN = Path(sys.executable).parent
_START = 180.0  # seconds; on a quiet machine it takes five
_ATTEMPTS = 3
_LOG = "start.log"


class Cluster:
    """A running Ray. `address` is its dashboard's."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process, self._log = process, log
        self.port = port
        self.address = f"http://127.0.0.1:{port}"

    def has_started(self) -> bool:
        """Waits for it; false where it gave up, as Ray does after half a minute on a machine that is very busy."""
        deadline = time.monotonic() + _START
        while self._process.poll() is None and time.monotonic() < deadline:
            if b"Ray runtime started" in self._log.read_bytes():
                return True
            time.sleep(0.1)
        return False

    def end(self) -> list[psutil.Process]:
        """Kill all that belong to it; those that are still there ten seconds later."""
        family = {*self.processes(), *self._orphans()}
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        self._process.wait()
        left: list[psutil.Process] = psutil.wait_procs(family, timeout=10)[1]
        return left

    def _orphans(self) -> list[psutil.Process]:
        """What a start that gave up has left behind: those that name its folder, and what they started."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess):
                if any(str(self._log.parent) in word for word in _words(process)):
                    found += [process, *process.children(recursive=True)]
        return found

    def processes(self) -> list[psutil.Process]:
        """All that belong to it, the jobs and their tasks included."""
        with suppress(psutil.NoSuchProcess):
            head = psutil.Process(self._process.pid)
            return [head, *head.children(recursive=True)]
        return []

    def workers(self) -> list[psutil.Process]:
        """The workers of runs that are under way there."""
        return [process for process in self.processes() if _words(process)[1:4] == ["-m", "app.worker", "run"]]

    def tasks(self) -> list[str]:
        """The names that Ray gave to its own processes: `ray::` and the unit that one has in hand."""
        return [words[0] for process in self.processes() if (words := _words(process)) and "ray::" in words[0]]


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []


@contextmanager
def ray_cluster() -> Iterator[Cluster]:
    """Starts one with a token of its own, so that nobody else can use it; ends it with all that it started."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    os.environ.update(token)
    # A short path, for the names of sockets are limited.
    folder = tempfile.mkdtemp(prefix="ray-")
    cluster = None
    try:
        for attempt in range(_ATTEMPTS):
            cluster = _start(Path(folder, str(attempt)))
            if cluster.has_started():
                break
            cluster.end()
        else:
            log = Path(folder, str(_ATTEMPTS - 1), _LOG).read_text(encoding="utf-8")
            raise AssertionError(f"Ray did not start: {log[-2000:]}")
        yield cluster
    finally:
        for name in token:
            del os.environ[name]
        left = cluster.end() if cluster is not None else []
        shutil.rmtree(folder, ignore_errors=True)
        assert not left, f"still there: {left}"


def _start(folder: Path) -> Cluster:
    folder.mkdir()
    port = _free_port()
    # Neither the app's settings nor the tests' packages: what a run needs must come with it.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRENDLAB_", "PYTHON"))}
    variables = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",
        "RAY_agent_register_timeout_ms": "120000",
        "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
    }
    options = {
        "num-cpus": 2,
        "node-ip-address": "127.0.0.1",
        "dashboard-host": "127.0.0.1",
        "dashboard-port": port,
        "port": 0,
        "min-worker-port": 0,
        "max-worker-port": 0,
        "dashboard-agent-listen-port": 0,
        "ray-client-server-port": _free_port(),
        "object-store-memory": 80_000_000,
        "temp-dir": folder,
    }
    command = [_BIN / "ray", "start", "--head", "--block", *(f"--{name}={value}" for name, value in options.items())]
    log = folder / _LOG
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=folder, env=kept | variables, stdout=stream, stderr=stream)
    return Cluster(process, port, log)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
