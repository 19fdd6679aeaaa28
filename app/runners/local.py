"""How does a run get done on this machine? By the worker, as a process group of its own."""

from __future__ import annotations

from pathlib import Path

from app.runners.detached import Detached


class LocalRunner(Detached):
    """Starts `python -m app.worker`."""

    id = "local"

    def command(self, folder: Path) -> list[str]:
        return ["app.worker", str(folder)]

    def holds(self, device: str) -> str:
        return device

    def hindrance(self) -> None:
        return None


RUNNER = LocalRunner()
