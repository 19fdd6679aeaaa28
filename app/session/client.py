"""How does the web process get an answer while one types? It asks its warm worker, one question at a time.

One thread carries the questions to the worker, in the order in which people came. Who asks anew before the answer is
there takes back the older question, and keeps the place. No answer is waited for longer than is said.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.events import FORMAT_VERSION, Event, Status, from_line
from core.language import Text, Told

Outcome = Literal["answered", "refused", "failed", "dropped"]

_ROOT = Path(__file__).resolve().parents[2]
LIMIT = 30.0  # seconds that an answer may take, a model to load included
_START = 300.0  # seconds until a worker that is not ready counts as broken
_TRIES = 2
# All of the environment that the worker gets: where things are, and no setting, address or key of anybody.
_KEPT = (
    *("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "TZ"),
    *("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME"),
    *("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"),
)
_SET = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a question.

    :param outcome: `answered`; `refused`: the question is at fault; `failed`: it is not; `dropped`: the same asker has
        asked anew.
    :param events: in the order in which they were yielded; what came before a failure included.
    :param said: one line where it was not answered.
    :param seconds, cpu: that the worker took for it.
    """

    outcome: Outcome
    events: tuple[Event, ...] = ()
    said: Text = Text("")
    seconds: float = 0.0
    cpu: float = 0.0


_DROPPED = Answer(outcome="dropped", said=Text("asked anew", "다시 물었습니다"))


@dataclass(eq=False)
class Question:
    """A question that was asked, and its answer once it is there.

    :param line: as the worker reads it.
    :param tries: how often the worker was asked.
    """

    asker: str
    line: bytes
    tries: int = 0
    _there: threading.Event = field(default_factory=threading.Event)
    _answer: Answer | None = None

    @property
    def answer(self) -> Answer | None:
        """The answer, or None as long as there is none."""
        return self._answer

    def wait(self, seconds: float | None = None) -> Answer | None:
        """The answer, or None where it did not come in so many seconds."""
        self._there.wait(seconds)
        return self._answer

    def settle(self, answer: Answer) -> None:
        """Say what came of it; the first word counts."""
        if not self._there.is_set():
            self._answer = answer
            self._there.set()


class Session:
    """Asks one worker on behalf of everybody. All methods may be called from any thread.

    :param idle: seconds without a question after which the worker ends; None: as the worker has it.
    :param limit: seconds that an answer may take.
    :param package: where the plug-ins are; None: as the worker has it.
    """

    def __init__(self, *, idle: float | None = None, limit: float = LIMIT, package: str | None = None) -> None:
        self._options = [f"--idle={idle}"] if idle is not None else []
        self._options += [f"--package={package}"] if package is not None else []
        self._limit = limit
        self._change = threading.Condition()
        self._waiting: dict[str, Question] = {}  # by asker, in the order of their turns
        self._worker: _Worker | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._numbers = itertools.count(1)

    def ask(self, asker: str, live: str, params: Mapping[str, Any]) -> Question:
        """Ask, and go on: `Question.wait` gives the answer. A question of this asker that still waits is dropped.

        :param asker: whoever can make use of one answer only, such as one panel of one visitor.
        :param params: loose values, as a form has them; the worker checks them.
        :raises RuntimeError: the session is closed.
        :raises TypeError: parameters that JSON cannot carry.
        """
        record = {"v": FORMAT_VERSION, "ask": next(self._numbers), "live": live, "params": dict(params)}
        question = Question(asker, json.dumps(record).encode() + b"\n")
        with self._change:
            if self._closed:
                raise RuntimeError("the session is closed")
            if (older := self._waiting.get(asker)) is not None:
                older.settle(_DROPPED)
            self._waiting[asker] = question
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="session", daemon=True)
                self._thread.start()
            self._change.notify_all()
        return question

    @property
    def ready(self) -> bool:
        """Whether a worker is there that has its libraries loaded."""
        worker = self._worker
        return worker is not None and worker.ready and worker.alive

    @property
    def pid(self) -> int | None:
        """The worker's process id, or None where there is none."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def close(self) -> None:
        """End the worker; what still waits is dropped."""
        with self._change:
            self._closed = True
            for question in self._waiting.values():
                question.settle(_DROPPED)
            self._waiting.clear()
            self._change.notify_all()
        if self._worker is not None:
            self._worker.end()

    def _serve(self) -> None:
        """The thread: start the worker where there is none, then take whose turn it is."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
            try:
                worker = self._running()
            except _Gone as error:
                self._give_up(error.said)
                continue
            with self._change:
                if not self._waiting:
                    continue
                # Only now: while the worker started, an asker may have asked anew.
                question = self._waiting.pop(next(iter(self._waiting)))
            self._carry(worker, question)

    def _running(self) -> _Worker:
        worker = self._worker
        if worker is None or not worker.alive:
            try:
                worker = self._worker = _Worker(self._options)
            except OSError as error:
                raise _Gone(
                    f"the process that answers does not start: {error}", f"답하는 프로세스가 시작되지 않습니다: {error}"
                ) from error
            with self._change:
                closed = self._closed
            if closed:
                worker.end()
            worker.until_ready()
        return worker

    def _carry(self, worker: _Worker, question: Question) -> None:
        question.tries += 1
        try:
            question.settle(worker.answer(question, self._limit))
        except _TooLong:
            worker.end()
            question.settle(
                Answer(
                    outcome="failed",
                    said=Text(
                        f"no answer within {self._limit:g} seconds; choose a smaller model or a shorter text",
                        f"{self._limit:g}초 안에 답이 없었습니다. 더 작은 모델이나 더 짧은 글을 고르세요",
                    ),
                )
            )
        except _Gone:
            worker.end()
            if question.tries < _TRIES:
                self._again(question)
            else:
                said = Text(
                    "the process that answers was ended twice by this question; choose a smaller model",
                    "이 질문이 답하는 프로세스를 두 번 끝냈습니다. 더 작은 모델을 고르세요",
                )
                question.settle(Answer(outcome="failed", said=said))

    def _again(self, question: Question) -> None:
        """Put it back, before all others, unless its asker has asked anew."""
        with self._change:
            if question.asker in self._waiting or self._closed:
                question.settle(_DROPPED)
            else:
                self._waiting = {question.asker: question, **self._waiting}

    def _give_up(self, said: Text) -> None:
        with self._change:
            for question in self._waiting.values():
                question.settle(Answer(outcome="failed", said=said))
            self._waiting.clear()


class _Gone(Told):
    """The worker has ended."""

    def __init__(
        self, en: str = "the process that answers has ended", ko: str | None = "답하는 프로세스가 끝났습니다"
    ) -> None:
        super().__init__(en, ko)


class _TooLong(Exception):
    """The worker did not answer in time."""


class _Worker:
    """One worker process and its lines."""

    def __init__(self, options: list[str]) -> None:
        self.ready = False
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.session", *options],
            cwd=_ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._listen, name="session-lines", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def until_ready(self) -> None:
        """
        :raises _Gone: it ends, or does not come up.
        """
        try:
            self._next(time.monotonic() + _START)
        except (_Gone, _TooLong) as error:
            self.end()
            raise _Gone(
                "the process that answers does not start; the server's log says why",
                "답하는 프로세스가 시작되지 않습니다. 까닭은 서버 로그에 있습니다",
            ) from error
        self.ready = True

    def answer(self, question: Question, limit: float) -> Answer:
        """
        :raises _Gone: it ended over the question.
        :raises _TooLong: it took longer than `limit` seconds.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(question.line)
            self._process.stdin.flush()
        except OSError as error:
            raise _Gone from error
        events: list[Event] = []
        deadline = time.monotonic() + limit
        while True:
            event = self._next(deadline)
            if isinstance(event, Status):
                return _settled(event, events)
            events.append(event)

    def end(self) -> None:
        """It has nothing to put in order: its models are memory alone."""
        self._process.kill()
        self._process.wait()

    def _next(self, deadline: float) -> Event:
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise _TooLong from None
        try:
            return from_line(line.decode())[0]
        except ValueError as error:  # the end of its output, or a line that is cut off there
            raise _Gone from error

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")


def _settled(end: Status, events: list[Event]) -> Answer:
    outcomes: dict[str, Outcome] = {"finished": "answered", "refused": "refused"}
    return Answer(
        outcome=outcomes.get(end.state, "failed"),
        events=tuple(events),
        said=Text(**end.details.get("said", {"en": end.message})),
        seconds=float(end.details.get("seconds", 0.0)),
        cpu=float(end.details.get("cpu", 0.0)),
    )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.upper() in _KEPT or name.startswith("LC_")}
    return kept | _SET


@cache
def session() -> Session:
    """The session of this process: one for all its visitors. It ends with the process."""
    opened = Session()
    atexit.register(opened.close)
    return opened
