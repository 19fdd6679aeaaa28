"""What does an OpenAI-compatible server answer, and how does it fail? A model on loopback that can go wrong.

Asked for two sentences, it says them in the language that it was asked in. A fault is a function that looks at a
question and may answer it in its own way.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.faults.hostile import Answer

SUMMARIES = {
    "en": "The authors tune {title} with adapters. It costs a tenth of the memory.",
    "ko": "저자들은 어댑터로 {title}를 조정한다. 메모리는 십분의 일만 든다.",
}
PROPOSED = {"stages": ["adapt"], "topics": ["peft"], "applications": ["code"]}

# How much of response_format the server takes: as OpenAI and vLLM, as older servers, as the simplest ones.
Dialect = Literal["json_schema", "json_object", "text"]
_TAKES = {"json_schema": {"json_schema", "json_object"}, "json_object": {"json_object"}, "text": set()}


@dataclass(frozen=True)
class Question:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    document: dict[str, Any]

    @property
    def form(self) -> str:
        """The response_format that it asks for; `text` for none."""
        return str(self.document.get("response_format", {"type": "text"})["type"])

    @property
    def title(self) -> str:
        """The title of the paper that it is about."""
        return str(json.loads(self.document["messages"][1]["content"])["title"])

    @property
    def language(self) -> str:
        """The language that it asks for."""
        return "ko" if "Korean" in self.document["messages"][0]["content"] else "en"


def said(content: Any, *, finish: str = "stop") -> Answer:
    """The answer of a model that says `content`."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return Answer(200, json.dumps({"object": "chat.completion", "choices": [choice]}).encode())


def told(question: Question, **fields: Any) -> str:
    """What an honest model says; `fields` take the place of its own."""
    summary = SUMMARIES[question.language].format(title=question.title)
    return json.dumps({"language": question.language, "summary": summary, **PROPOSED, **fields}, ensure_ascii=False)


def refusal(status: int, message: str, **headers: str) -> Answer:
    """An error as these servers word it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode(), named)


Writer = Callable[[BaseHTTPRequestHandler], None]
Fault = Callable[[Question], Answer | Writer | None]


class ChatServer:
    """A server on loopback for one test.

    :param dialect: which forms of an answer it can be asked for; others it refuses, as such servers do.
    """

    def __init__(self, dialect: Dialect = "json_schema") -> None:
        self.dialect = dialect
        self.fault: Fault | None = None
        self.seen: list[Question] = []
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with suppress(OSError):  # the client gave up first, which some tests are about
                    outer._serve(self)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

            def finish(self) -> None:
                with suppress(OSError, ValueError):
                    super().finish()

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._httpd.server_port}/v1"
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def titles(self) -> list[str]:
        """The papers that it was asked about, in turn."""
        return [question.title for question in self.seen]

    def close(self) -> None:
        """End it; from then on connections are refused."""
        self.closing.set()
        self._httpd.shutdown()
        self._httpd.server_close()

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """An answer: none, however long one waits."""
        self.closing.wait(30)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        document = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        question = Question(handler.path, dict(handler.headers), document)
        self.seen.append(question)
        chosen = (self.fault and self.fault(question)) or self._answer(question)
        if isinstance(chosen, Answer):
            chosen.write(handler)
        else:
            chosen(handler)

    def _answer(self, question: Question) -> Answer:
        if question.path != "/v1/chat/completions":
            return Answer(404, b'{"detail": "Not Found"}')
        if question.form == "text":
            return said(f"Here it is:\n```json\n{told(question)}\n```")
        if question.form not in _TAKES[self.dialect]:
            return refusal(400, f"response_format.type must not be {question.form}")
        return said(told(question))
