"""Where does a run say what it says? In events.jsonl of its folder: one writer, any number of readers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from core.events import Event, Status, from_line, to_line

RUN_FILE = "run.json"
PAPERS_FILE = "papers.jsonl"
EVENTS_FILE = "events.jsonl"
LOG_FILE = "worker.log"
ALIVE_FILE = "worker.lock"
FINAL = ("finished", "failed", "cancelled")


class Cancelled(BaseException):
    """The run is to end now. Like KeyboardInterrupt it is no Exception, so that no plug-in catches it."""


class Journal:
    """The writer: each event becomes a line of the file and of `out`, flushed at once.

    As a context manager it has the last word: whatever ends its block early is written down as a final `Status`.
    """

    def __init__(self, folder: Path, run: str, *, started: float, out: TextIO) -> None:
        """
        :param started: `time.monotonic()` at the start of the run; `t` counts from there.
        :param out: where the lines are printed too.
        """
        self.run = run
        self.started = started
        self._out: TextIO | None = out
        self._writing = False
        self._cancelled = False
        set_aside(folder)
        self._file = (folder / EVENTS_FILE).open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None:
            self._cancelled = False
            if issubclass(kind, Cancelled):
                self.emit(Status(state="cancelled", message="cancelled"))
            else:
                self.emit(Status(state="failed", message=one_line(error)))
        self._file.close()

    def emit(self, event: Event, *, unit: str | None = None) -> None:
        """Write an event of the run (or of one unit) with the time that has passed."""
        self.write(to_line(event, run=self.run, unit=unit, t=time.monotonic() - self.started))

    def write(self, line: str) -> None:
        """Write a line as it is. A cancellation that comes meanwhile waits until the line is whole."""
        self._writing = True
        self._file.write(line + "\n")
        self._file.flush()
        if self._out is not None:
            try:
                self._out.write(line + "\n")
                self._out.flush()
            except BrokenPipeError:
                # Nobody listens any more; the file is what counts.
                self._out = None
        self._writing = False
        if self._cancelled:
            raise Cancelled

    def cancel(self, *_: Any) -> None:
        """Signal handler: raises `Cancelled` where the program stands, but never inside a line."""
        self._cancelled = True
        if not self._writing:
            raise Cancelled


def one_line(error: BaseException | None) -> str:
    """An exception as people read it: its type and the first line of what it says."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def set_aside(folder: Path) -> None:
    """Keep an earlier attempt's lines, under a name that no reader follows."""
    path = folder / EVENTS_FILE
    if not path.exists():
        return
    attempt = 1
    while (old := path.with_name(f"events.{attempt}.jsonl")).exists():
        attempt += 1
    path.rename(old)


def events(folder: Path, after_line: int = 0) -> list[tuple[Event, dict[str, Any]]]:
    """The events that a run's folder holds, with their heads; each head also has `line`, the number of its line.

    Give the last `line` back as `after_line` to get what came since. A last line that is still being written is left
    for the next call; a line that cannot be read is left out.

    :returns: [] where the run has not begun.
    """
    return list(_read(folder / EVENTS_FILE, after_line))


def _read(path: Path, after_line: int) -> Iterator[tuple[Event, dict[str, Any]]]:
    if not path.exists():
        return
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if number <= after_line or not raw.endswith(b"\n"):
                continue
            try:
                event, head = from_line(raw.decode("utf-8"))
            except ValueError:
                continue
            yield event, head | {"line": number}


def final_status(said: list[tuple[Event, dict[str, Any]]]) -> Status | None:
    """The status with which the run itself ended; None where it has not."""
    for event, head in reversed(said):
        if isinstance(event, Status) and head["unit"] is None and event.state in FINAL:
            return event
    return None


def conclude(folder: Path, run: str, status: Status) -> None:
    """Write the last line for a worker that is gone and could not. A half-written line is cut off first."""
    path = folder / EVENTS_FILE
    path.touch()
    said = events(folder)
    t = float(said[-1][1]["t"] or 0.0) if said else 0.0
    with path.open("r+b") as stream:
        whole = stream.read().rfind(b"\n") + 1
        stream.truncate(whole)
        stream.seek(whole)
        stream.write(to_line(status, run=run, unit=None, t=t).encode() + b"\n")
