"""`serve`: start the app."""

from __future__ import annotations

import signal
import socket
import time
from typing import Annotated, Any

import typer

from app.commands.console import Failure, say
from app.processes import end, start
from app.settings import settings

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
    queue = start("app.queue")
    web = start("app.ui.server", "--server.port", str(port))
    say(f"TrendLab is at http://{HOST}:{port} (catalog in {found.home}); Ctrl+C ends it, runs go on.")
    try:
        while web.poll() is None:
            if queue.poll() is not None:
                say("The queue stopped; starting it again.")
                time.sleep(2)
                queue = start("app.queue")
            time.sleep(0.5)
        raise Failure(f"the web server ended with code {web.returncode}")
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        for process in (web, queue):
            end(process)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
