"""`serve` and `doctor`: start the app, and say what this machine has."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Annotated, Any

import typer

from app.commands.console import AsJson, Failure, answer, say, table
from app.settings import ROOT, settings

HOST = "127.0.0.1"


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(serve)
    app.command()(doctor)


def serve(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8501) -> None:
    """Bring the catalog up to date, start the queue and the web app on 127.0.0.1."""
    from app.ingest import load_starter
    from db.connect import open_catalog

    if _taken(port):
        raise Failure(f"port {port} is in use; stop what listens there or choose another with --port")
    found = settings()
    db = open_catalog(found.catalog)
    load_starter(db)
    db.close()
    signal.signal(signal.SIGTERM, _interrupt)
    queue = _start("app.queue")
    web = _start("app.ui.server", "--server.port", str(port))
    say(f"TrendLab is at http://{HOST}:{port} (catalog in {found.home}); Ctrl+C ends it, runs go on.")
    try:
        while web.poll() is None:
            if queue.poll() is not None:
                say("The queue stopped; starting it again.")
                time.sleep(2)
                queue = _start("app.queue")
            time.sleep(0.5)
        raise Failure(f"the web server ended with code {web.returncode}")
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        for process in (web, queue):
            _end(process)


def _start(*command: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=os.environ | {"PYTHONPATH": path})


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


LIBRARIES = ("streamlit", "torch", "transformers", "peft", "torchao", "bitsandbytes", "sqlite-utils", "arxiv", "huey")


def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, which device there is, which models, and what is missing."""
    import importlib.metadata
    import platform
    import sqlite3

    versions: dict[str, str | None] = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    found = settings()
    missing = [name for name, version in versions.items() if version is None]
    report: dict[str, Any] = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": _device(),
        "libraries": versions,
        "missing": missing,
        "models": _models(),
        "home": str(found.home),
        "catalog": _catalog_state(),
    }
    if as_json:
        answer(report)
    else:
        table(("what", "found"), list(report.items()))
    if missing:
        raise Failure(f"missing: {', '.join(missing)}; install them with: make run")


def _device() -> str:
    """What torch sees, asked in another process: importing torch takes seconds and memory."""
    code = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else 'cpu')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or f"unknown ({(done.stderr.strip().splitlines() or ['no answer'])[-1]})"


def _models() -> list[str]:
    from core.gpt.house import models

    return sorted(models())


def _catalog_state() -> str:
    from db import papers
    from db.connect import CatalogError, open_catalog
    from db.records import Filters

    try:
        db = open_catalog(settings().catalog)
    except CatalogError as error:
        return str(error)
    health = db.execute("PRAGMA quick_check").fetchone()[0]
    return f"{papers.count(db, Filters()):,} papers, {health}"
