"""What does the warm process do? It loads the libraries once, reads questions as JSON lines and writes events.

A question is `{"v":1,"ask":…,"live":…,"params":{…}}`. Its answer is the events of the plug-in (core/live/) as a run
would write them, with the question's number for the run's name, and at last a `Status`: `finished`, `refused` (the
question is at fault: one line for the form) or `failed` (the plug-in is). The first line of all is the status `ready`.

It ends when nobody has asked for a while, and at once when who started it is gone, in the middle of an answer too.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO

from app import quiet
from app.running.journal import one_line
from core.events import FORMAT_VERSION, Event, Status, Verdict, to_line
from core.gpt.loading.weight_files import BadCheckpoint
from core.language import Text
from core.live import LIBRARIES, Live, Models
from core.params import BadParam, make_params
from core.registry import discover

IDLE = 600.0  # seconds without a question after which it ends
PACKAGE = "core.live"


def main(options: Sequence[str] = ()) -> None:
    """Answer until nobody asks any more. Does not return."""
    parser = argparse.ArgumentParser(prog="python -m app.session", description="Answers questions on stdin.")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds without a question after which it ends")
    parser.add_argument("--package", default=PACKAGE, help="where the plug-ins are")
    asked = parser.parse_args(options)
    said = _own_output()
    questions: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    lives = discover(asked.package, "LIVE")
    _load_libraries(lives.values())
    worker = Worker(lives, said)
    worker.say("", Status(state="ready"), 0.0)
    while True:
        try:
            line = questions.get(timeout=asked.idle)
        except queue.Empty:
            # Not by the usual way out: a thread waits for input, and its lock would be missed.
            os._exit(0)
        worker.answer(line)


class Worker:
    """Answers one question after another.

    :param lives: the plug-ins by id.
    :param said: where answers are written.
    """

    def __init__(self, lives: Mapping[str, Live], said: BinaryIO) -> None:
        self._lives = lives
        self._models = Models()
        self._said = said

    def answer(self, line: bytes) -> None:
        """Write the events that answer a question, and how it ended."""
        question = json.loads(line)
        number, began, cpu = str(question["ask"]), time.monotonic(), time.process_time()
        end = _End()
        with end:
            for event in self._events(question):
                self.say(number, event, time.monotonic() - began)
        seconds = round(time.monotonic() - began, 4)
        details = {"seconds": seconds, "cpu": round(time.process_time() - cpu, 4), "said": end.said.as_dict()}
        self.say(number, Status(state=end.state, message=end.said.en, details=details), seconds)

    def say(self, number: str, event: Event, t: float) -> None:
        """Write one line."""
        self._said.write(to_line(event, run=number, unit=None, t=t).encode(errors="backslashreplace") + b"\n")
        self._said.flush()

    def _events(self, question: Mapping[str, Any]) -> Iterator[Event]:
        if question.get("v") != FORMAT_VERSION:
            raise BadParam(f"a question of format {question.get('v')!r}, and this worker reads {FORMAT_VERSION}")
        live = self._lives.get(str(question["live"]))
        if live is None:
            raise BadParam(f"nothing here answers {question['live']!r}; there are: {', '.join(self._lives)}")
        for event in live.answer(make_params(live.params, question["params"]), self._models):
            if isinstance(event, Status | Verdict):
                raise TypeError(f"an answer may not hold a {type(event).__name__}")
            yield event


class _End:
    """How an answer ended. What a plug-in raises is told, and the next question is answered all the same."""

    state = "finished"
    said = Text("")

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        if isinstance(error, BadParam | BadCheckpoint):
            self.state, self.said = "refused", error.said
        else:
            traceback.print_exception(error)
            self.state, self.said = "failed", Text(one_line(error))
        return True


def _own_output() -> BinaryIO:
    """Standard output for answers alone: what a library prints goes where errors go."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb")


def _listen(questions: queue.SimpleQueue[bytes]) -> None:
    """Take in what is asked. The end of the input is the end of whoever asks."""
    with open(0, "rb", closefd=False) as stream:
        for line in stream:
            questions.put(line)
    os._exit(0)


def _load_libraries(lives: Iterable[Live]) -> None:
    """What the answers need, so that the first question does not wait for it; one thread for torch."""
    quiet.imports()
    for name in dict.fromkeys(name for live in lives for name in getattr(live, "libraries", LIBRARIES)):
        # An answer that lacks its library says so itself.
        with suppress(ImportError):
            importlib.import_module(name)
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)
