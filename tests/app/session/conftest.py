"""A warm worker with light plug-ins, so that its start costs no libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.session.client import Session

PLUGIN = '''
"""Answers as its parameters say."""
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from core.events import Sample, Status
from core.language import Text
from core.params import BadParam, param

WORD = Text("word", "말")


@dataclass(frozen=True, kw_only=True)
class Params:
    text: str = param("", help=WORD, kind="text")
    seconds: float = param(0.0, low=0, high=600, help=WORD)
    do: str = param("answer", help=WORD)
    log: str = param("", help=WORD)


class Told:
    id = "told"
    experiment = "next-token"
    title = help = WORD
    typed = "text"
    params = Params
    libraries = ()

    def answer(self, params, models):
        if params.log:
            with Path(params.log).open("a") as log:
                print(params.text, file=log)
        yield Sample(arm="text", prompt="", text=params.text, replicate=0)
        if params.seconds:
            time.sleep(params.seconds)
        match params.do:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "refuse":
                raise BadParam("text: it is of no use")
            case "raise":
                raise KeyError("a plug-in of this kind has faults")
            case "print":
                print("a library that talks")
                sys.stdout.flush()
                os.system("echo and its child too")
            case "judge":
                yield Status(state="finished")
            case "environment":
                yield Sample(arm="environment", prompt="", text=repr(dict(os.environ)), replicate=0)
            case "modules":
                yield Sample(arm="modules", prompt="", text=" ".join(sys.modules), replicate=0)


LIVE = Told()
'''


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Session]]:
    """Opens sessions on a plug-in that does what it is told; they are closed after the test."""
    package = tmp_path / "told_lives"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "told.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sessions: list[Session] = []

    def open_one(**options: float) -> Session:
        sessions.append(Session(package="told_lives", **options))
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()
