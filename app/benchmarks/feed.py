"""How do made-up answers reach a sync without costing it time? A process of its own writes them ahead, into a pipe.

    python -m app.benchmarks.feed --papers 2000 --seed 1 --page 200

Each frame is a line of JSON (source, window, total, size in bytes) and the answer's bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from itertools import chain
from types import TracebackType
from typing import IO

from app.benchmarks.answers import atom_page, daily_list
from app.settings import ROOT
from core.papers.generator.synthetic import Month, Synthetic
from core.papers.paper import Paper

AHEAD = 64  # answers that lie ready
_MOST = 25_000  # papers of one window
_DAILY = 100  # rows of a Hugging Face page


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One answer of a server.

    :param source: whose answer it is: `arxiv` or `huggingface`.
    :param since, until: the window that was asked for.
    :param total: papers of the whole window.
    :param last: whether the window ends with it.
    """

    source: str
    since: date
    until: date
    total: int
    last: bool
    body: bytes


def frames(*, papers: int, seed: int, page: int) -> Iterator[Frame]:
    """A made-up catalog as the servers would tell it: a window's papers, then which of them were listed."""
    for window in _windows(Synthetic(papers=papers, seed=seed).months()):
        listed: list[Paper] = []
        done = 0
        for some in _pages(window.papers, page):
            listed += [paper for paper in some if paper.listed is not None]
            body = atom_page(some, total=window.size, start=done)
            done += len(some)
            yield _frame("arxiv", window, window.size, done == window.size, body)
        done = 0
        for some in _pages(iter(listed), _DAILY):
            done += len(some)
            yield _frame("huggingface", window, len(listed), done == len(listed), daily_list(some))


def _windows(months: Iterable[Month]) -> Iterator[Month]:
    """Months joined while arXiv would give out that many papers of one query."""
    joined: list[Month] = []
    for month in months:
        if joined and sum(one.size for one in joined) + month.size > _MOST:
            yield _joined(joined)
            joined = []
        joined.append(month)
    if joined:
        yield _joined(joined)


def _joined(months: list[Month]) -> Month:
    papers = chain.from_iterable(month.papers for month in months)
    return Month(months[0].since, months[-1].until, sum(month.size for month in months), papers)


def _pages(papers: Iterator[Paper], size: int) -> Iterator[list[Paper]]:
    page: list[Paper] = []
    for paper in papers:
        page.append(paper)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page


def _frame(source: str, month: Month, total: int, last: bool, body: bytes) -> Frame:
    return Frame(source=source, since=month.since, until=month.until, total=total, last=last, body=body)


class Feed:
    """The frames of a process that writes ahead. Used as a context; the process ends with it.

    `waited` counts the seconds, `cpu` those of processor time, spent waiting for it and reading from it.
    """

    def __init__(self, *, papers: int, seed: int, page: int) -> None:
        self.waited = self.cpu = 0.0
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.benchmarks.feed"]
            + ["--papers", str(papers), "--seed", str(seed), "--page", str(page)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.terminate()
        self._process.wait()

    def __iter__(self) -> Iterator[Frame]:
        """The frames, each read when it is asked for.

        :raises OSError: the process ended before its last frame.
        """
        stream = self._process.stdout
        if stream is None:
            raise OSError("the feed has no output to read")
        while True:
            started, started_cpu = time.perf_counter(), time.process_time()
            frame = _read(stream)
            self.waited += time.perf_counter() - started
            self.cpu += time.process_time() - started_cpu
            if frame is None:
                break
            yield frame
        if code := self._process.wait():
            raise OSError(f"the process that makes the papers ended with code {code}")


def _read(stream: IO[bytes]) -> Frame | None:
    line = stream.readline()
    if not line:
        return None
    head = json.loads(line)
    size = head.pop("size")
    body = stream.read(size)
    if len(body) < size:
        raise OSError("the process that makes the papers stopped in the middle of a page")
    return Frame(
        **head | {"since": date.fromisoformat(head["since"]), "until": date.fromisoformat(head["until"])}, body=body
    )


def _write(ready: queue.Queue[Frame | None], stream: IO[bytes]) -> None:
    while (frame := ready.get()) is not None:
        head = asdict(frame) | {"size": len(frame.body)}
        del head["body"]
        stream.write(json.dumps(head, default=str).encode() + b"\n")
        stream.write(frame.body)
        stream.flush()


def main() -> None:
    """Write the frames to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--papers", "--seed", "--page"):
        parser.add_argument(name, type=int, required=True)
    options = parser.parse_args()
    ready: queue.Queue[Frame | None] = queue.Queue(maxsize=AHEAD)
    # The frames wait in this process while the reader is busy; a pipe alone holds less than one of them.
    writer = threading.Thread(target=_write, args=(ready, sys.stdout.buffer), daemon=True)
    writer.start()
    for frame in frames(papers=options.papers, seed=options.seed, page=options.page):
        ready.put(frame)
    ready.put(None)
    writer.join()


if __name__ == "__main__":
    main()
