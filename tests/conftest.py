"""What every test shares: a home of its own, and no way to the internet."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlite_utils import Database

from db.connect import open_catalog

ROOT = Path(__file__).resolve().parent.parent
# How long an example takes is the machine's matter; which ones are tried is the same every time.
hypothesis.settings.register_profile("unhurried", deadline=None, derandomize=True)
hypothesis.settings.load_profile("unhurried")


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


@pytest.fixture(scope="session")
def open_new(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Database]:
    """Opens an empty catalog at a path: a copy, for to make its tables anew takes a tenth of a second."""
    empty = tmp_path_factory.mktemp("empty") / "catalog.db"
    open_catalog(empty).close()

    def open_one(path: Path) -> Database:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(empty, path)
        return open_catalog(path)

    return open_one
