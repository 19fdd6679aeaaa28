"""What every test shares: a home of its own, and no way to the internet."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to any other machine fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            inside = host == "localhost" or ipaddress.ip_address(host).is_loopback
            if not inside:
                raise AssertionError(f"a test tried to reach {host}: tests stay offline")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty TRENDLAB_HOME for this process; settings are read afresh."""
    from app.settings import settings

    folder = tmp_path / "home"
    for name in [name for name in os.environ if name.startswith("TRENDLAB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRENDLAB_HOME", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Environment for a subprocess with an empty home and no way to a model hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    return kept | {
        "TRENDLAB_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
