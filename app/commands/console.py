"""How do commands answer, in words for people or in JSON for programs, and how do they fail?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.replacing import put

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]

OK, FAILED, USAGE = 0, 1, 2


class Failure(Exception):
    """A command that did not do what it says: one line, and the exit code."""

    def __init__(self, why: str, *, code: int = FAILED) -> None:
        super().__init__(why)
        self.code = code


def say(words: str) -> None:
    """One line on stdout."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def answer(value: Any) -> None:
    """A JSON answer on stdout."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """A table for people; cells are plain text, never markup."""
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    from rich.text import Text

    for row in rows:
        drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(soft_wrap=False, width=None if sys.stdout.isatty() else 160).print(drawn)


def day(words: str | None, name: str) -> date | None:
    """Read a date option.

    :raises Failure: it is not a date, with the form that is expected.
    """
    if words is None:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Failure(f"{name} {words!r} is not a date; write it as 2026-08-20", code=USAGE) from None


def deliver(content: bytes, out: Path | None, *, name: str) -> None:
    """A file to standard output, to `out`, or under `name` in the folder `out`: whole or not at all."""
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = out / name if out.is_dir() else out
    put(target, content, shared=True)
    say(str(target))
