"""How is a part of the app started as a process of its own, and ended with who started it?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import Any

from app.settings import ROOT

_GRACE = 5  # seconds that a process has to end by itself
_LOOK_EVERY = 0.2  # seconds between two looks at processes that work together


def start(*command: str, environment: Mapping[str, str] | None = None, **streams: Any) -> subprocess.Popen[bytes]:
    """Run a module of the checkout, from any folder.

    :param command: the module and its arguments.
    :param environment: what is added to this process's own.
    :param streams: where its input and output go, as Popen takes them.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    given = {**os.environ, "PYTHONPATH": path, **(environment or {})}
    return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=given, **streams)


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, and make sure of that."""
    process.terminate()
    try:
        process.wait(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def together(*command: str, environments: Sequence[Mapping[str, str]]) -> int:
    """Run a module as several processes that work together; the exit code of the first that fails, or 0.

    The first one speaks for all. When one fails the others end, and what it said is passed on.
    """
    with ExitStack() as stack:
        said = [stack.enter_context(TemporaryFile()) for _ in environments[1:]]
        running = [start(*command, environment=environments[0])]
        running += [
            start(*command, environment=environment, stdout=subprocess.DEVNULL, stderr=errors)
            for environment, errors in zip(environments[1:], said, strict=True)
        ]
        try:
            while None in (codes := [process.poll() for process in running]) and not any(codes):
                time.sleep(_LOOK_EVERY)
            time.sleep(_LOOK_EVERY)  # where all fail alike, the first says why
            codes = [process.poll() for process in running]
        finally:
            for process in running:
                if process.poll() is None:
                    end(process)
        failed = next((rank for rank, code in enumerate(codes) if code), 0)
        if failed:
            said[failed - 1].seek(0)
            sys.stderr.write(said[failed - 1].read().decode(errors="replace"))
        return codes[failed] or 0
