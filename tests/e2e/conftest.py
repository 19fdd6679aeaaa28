"""A real server and a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.benchmarks.ui import chromium
from db import beginnings
from db.connect import open_catalog
from tests.forked_app import run

ROOT = Path(__file__).resolve().parent.parent.parent
# Milliseconds until something counts as not done, on a busy machine.
PATIENCE = 60_000  # what a page is to show or do
WORK_TAKES = 600_000  # what another process has to load, compute or end first: a run, a retraining, a live session
expect.set_options(timeout=PATIENCE)


class App:
    """A served app on a home of its own, that can be stopped and started again."""

    def __init__(self, home: Path, environment: dict[str, str], *, first_time: bool = False) -> None:
        """
        :param first_time: visitors are led to the first steps, as long as there is no history.
        """
        self.home = home
        self.first_time = first_time
        self.environment = environment | {"TRENDLAB_HOME": str(home)}
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        log = (self.home / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        self._come_up()
        if not self.first_time:
            with closing(open_catalog(self.home / "catalog.db")) as db:
                beginnings.leave(db)

    def _come_up(self) -> None:
        deadline = time.monotonic() + 60
        while self.process is not None and time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"the app did not come up:\n{(self.home / 'serve.log').read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=15)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the same home."""
        return run(self.environment, *arguments)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A system Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, served on loopback for one file of tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    served = App(tmp_path_factory.mktemp("e2e") / "home", kept | {"HF_HUB_OFFLINE": "1"})
    served.start()
    yield served
    served.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor who reads English."""
    fresh = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab of that visitor."""
    return context.new_page()
