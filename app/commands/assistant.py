"""The command that opens the catalog and the lab to assistants."""

from __future__ import annotations

import typer

from app.settings import settings


def add_to(app: typer.Typer) -> None:
    """Register this room's command."""
    app.command()(mcp)


def mcp() -> None:
    """Serve the catalog and the lab to an assistant, by the Model Context Protocol on standard input and output."""
    from app import assistant
    from db.connect import open_catalog

    found = settings()
    open_catalog(found.catalog).close()
    assistant.serve(found)
