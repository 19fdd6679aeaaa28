"""What is a runner? Anything that starts the worker on a run's folder and can tell whether it lives and end it.

A file in this package carries `RUNNER`. What it knows of a started run is kept in handle.json of the folder, so that
another process, or the next server, can look after the run as well as the one that started it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from core.language import Text
from core.registry import discover
from core.replacing import put

HANDLE_FILE = "handle.json"


@dataclass(frozen=True, kw_only=True)
class Handle:
    """A started run.

    :param runner: id of the runner that started it.
    :param key: what the runner finds it by: a process id, a job's name.
    """

    runner: str
    key: str

    def save(self, folder: Path) -> None:
        """Write it into the run's folder, whole or not at all."""
        put(folder / HANDLE_FILE, json.dumps(asdict(self)))

    @classmethod
    def load(cls, folder: Path) -> Handle | None:
        """What was saved there; None where nothing was started."""
        path = folder / HANDLE_FILE
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


class Runner(Protocol):
    """The contract.

    `start` returns at once. With `lock` the worker takes that file lock before it begins and holds it until it ends.
    `stop` asks the worker to end, waits up to `grace` seconds, then ends it; it returns when the worker is gone.
    `holds` names what only one run at a time may have, of a run that asks for `device`.
    `hindrance` says why the runner cannot be had here, and how to mend it; None where it can.
    """

    id: str

    def start(self, folder: Path, *, lock: Path | None = None) -> Handle: ...

    def alive(self, folder: Path) -> bool: ...

    def stop(self, folder: Path, *, grace: float = 2.0) -> None: ...

    def holds(self, device: str) -> str: ...

    def hindrance(self) -> Text | None: ...


def runners() -> Mapping[str, Runner]:
    """Those there are, by id; each says whether it can be had."""
    return discover(__name__, "RUNNER")
