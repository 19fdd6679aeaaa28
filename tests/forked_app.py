"""How is `python -m app …` run hundreds of times without being imported hundreds of times?

A process that has imported the commands and built the tagger forks one for each. Each is a process of its own, with
its own memory, environment, output and exit code, that can be killed, and it has done nothing before its command. What
a start costs and says is for the tests that start Python itself.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType

from tests.faults.moved_clock import move_clock

_context: ForkServerContext = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.forked_app_imports"])


class ForkedApp:
    """A command under way, with what the tests need of `subprocess.Popen`.

    :param arguments: what follows `python -m app`.
    :param environment: all of it.
    :param text: its standard input.
    :param clock: what time it is for it (ISO, UTC); None for the time that it is.
    """

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], *, text: str = "", clock: str | None = None
    ) -> None:
        self.args = arguments
        self._folder = Path(tempfile.mkdtemp(prefix="forked-app-"))
        for name, content in (("stdin", text), ("stdout", ""), ("stderr", "")):
            (self._folder / name).write_text(content, encoding="utf-8")
        self._process = _context.Process(
            target=_carry_out, args=(arguments, dict(environment), str(self._folder), clock)
        )
        # A child would import what its parent was started as: pytest, or what a test of a page has put there.
        started_as = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            self._process.start()
        finally:
            sys.modules["__main__"] = started_as

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None as long as it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        return self.returncode

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, when it has ended.

        :raises subprocess.TimeoutExpired: it has not ended after so many seconds.
        """
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote to stdout and stderr, when it has ended; once."""
        self.wait(timeout)
        if not self._folder.exists():
            return "", ""
        out, errors = ((self._folder / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        shutil.rmtree(self._folder)
        return out, errors


def run(environment: Mapping[str, str], *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """A command from its beginning to its end."""
    process = ForkedApp(list(arguments), environment, text=text)
    out, errors = process.communicate(timeout=300)
    return subprocess.CompletedProcess(arguments, process.wait(), out, errors)


def _carry_out(arguments: list[str], environment: dict[str, str], folder: str, clock: str | None) -> None:
    """The child: become `python -m app …`."""
    # It is made when this is imported, and names the process.
    assert "app.syncing.storing" not in sys.modules, "the owner of a sync would be the process that forks"
    for number, (name, flags) in enumerate([("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY)]):
        os.dup2(os.open(Path(folder) / name, flags), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (until the process ends)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["trendlab", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)

    if clock is not None:
        move_clock(clock)

    from app.cli import main

    main(arguments)
