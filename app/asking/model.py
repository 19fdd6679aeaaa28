"""What does the model that the settings name make of the quotes? Its sentences, each of which cites one of them.

Only quotes that answer are handed over: where the catalog has none, the model is not asked, so that it cannot make up
what the papers do not say.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.asking.catalog import Answer
from core.papers.answering.checked import Cited, Fault, read_answer
from core.papers.answering.prompt import SCHEMA, Handed, messages
from core.papers.source import SourceError

if TYPE_CHECKING:
    from core.papers.asking.chat import Chat


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a model said, or why it did not.

    :param sentences: what may be shown; none where nothing is left of its answer, or where it failed.
    :param dropped: why sentences were left out, and how many each.
    :param failure: one line, in English; None where the model answered.
    """

    model: str
    sentences: tuple[Cited, ...] = ()
    dropped: Mapping[Fault, int]
    failure: str | None = None


def tell(chat: Chat, answer: Answer) -> Told:
    """Have a model answer from the quotes, in the language of the question; a failure is part of what is told."""
    if not answer.found:
        return Told(model=chat.model, dropped={})
    handed = tuple(Handed(quote.number, quote.stored.paper.title, quote.text) for quote in answer.quotes)
    try:
        content = chat.ask(messages(answer.question, handed, "ko" if answer.korean else "en"), schema=SCHEMA)
        checked = read_answer(content, handed)
    except SourceError as error:
        return Told(model=chat.model, dropped={}, failure=" ".join(str(error).split()))
    return Told(model=chat.model, sentences=checked.sentences, dropped=checked.dropped)


class Telling:
    """A question to a model that is under way while the quotes are read.

    Nobody waits for one that was given up: its thread ends with the client's time-out.
    """

    def __init__(self, chat: Chat, answer: Answer) -> None:
        self.model = chat.model
        self.told: Told | None = None
        self._done = threading.Event()
        threading.Thread(target=self._run, args=(chat, answer), daemon=True, name="asking-model").start()

    def wait(self, seconds: float) -> Told | None:
        """What the model told; None where it is not there in time."""
        self._done.wait(seconds)
        return self.told

    def _run(self, chat: Chat, answer: Answer) -> None:
        try:
            self.told = tell(chat, answer)
        finally:
            if self.told is None:
                self.told = Told(model=chat.model, dropped={}, failure="the question to the model broke off")
            self._done.set()
