"""How is a part of the app started as a process of its own, and ended with who started it?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from app.settings import ROOT

_GRACE = 5  # seconds that a process has to end by itself


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
