"""`serve`: start the app."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Annotated, Any

import typer

from app.commands.console import Failure, say
from app.settings import ROOT, settings

HOST = "127.0.0.1"


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(serve)


def serve(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8501) -> None:
    """Bring the catalog up to date, start the queue and the web app on 127.0.0.1."""
    from app.importing import load_starter
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
