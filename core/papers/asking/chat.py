"""How is a language model asked over HTTP? By the chat completions that OpenAI's API and most local servers share.

Servers differ in how an answer's form may be asked for: by a JSON schema (OpenAI, vLLM, llama.cpp, Ollama), by the word
`json_object` (older ones), or not at all. The first form that the server takes is kept for the next questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http, host_of
from core.papers.reading.fields import read_text
from core.papers.reading.json_documents import load_json
from core.papers.source import Broken

PATH = "/chat/completions"
Message = Mapping[str, str]

_MOST_BYTES = 1 << 20
_ATTEMPTS = 2  # one hiccup is forgiven; more of them cost the paper, not the batch
_PATIENCE = 60.0  # for a Retry-After: a minute is what most limits count by
_LONGEST_SAYING = 200
_NOT_SO = (400, 422)  # a server that does not know a field of the question
_NOT_HERE = (301, 302, 303, 307, 308, 401, 403, 404)


class Unusable(Broken):
    """The endpoint will answer no question as it is set up: a wrong address, key or model, or a redirect."""


class Chat:
    """One model at one address.

    :param url: the API's base, as `https://api.openai.com/v1` or `http://127.0.0.1:11434`; without a path `/v1` is
        meant.
    :param key: '' for a server that asks for none.
    :param timeout: seconds of silence after which the model counts as unreachable; it may take twice that to say all.
    :param backoff: seconds before a question is put again, where the server did not say when.
    """

    def __init__(self, *, url: str, model: str, key: str = "", timeout: float = 120.0, backoff: float = 1.0) -> None:
        self.model = model
        self._url = completions(url)
        self._key = key
        self._form = 0
        self._http = Http(
            gate=Gate(delay=0.0),
            read_timeout=timeout,
            deadline=2 * timeout,
            most_bytes=_MOST_BYTES,
            attempts=_ATTEMPTS,
            backoff=backoff,
            patience=_PATIENCE,
            key=key,
        )

    def ask(self, messages: Sequence[Message], *, schema: Mapping[str, Any]) -> str:
        """What the model says; in the form of `schema`, if the server can hold it to that.

        :raises Unusable: the address, the key or the model is not accepted.
        :raises SourceError: one of the named errors, for this question.
        """
        forms = _forms(schema)
        for form in range(self._form, len(forms)):
            question = {"model": self.model, "messages": list(messages), "stream": False, **forms[form]}
            try:
                body = self._http.fetch(self._url, expect="json", sent=question, explain=self._explain).body
            except Broken as error:
                if error.status in _NOT_HERE:
                    # A server may repeat parts of a key that it does not take.
                    said = str(error).partition(":")[0] if error.status in (401, 403) else str(error)
                    raise Unusable(f"{said}{_mend(error.status)}", status=error.status) from error
                if error.status not in _NOT_SO or form == len(forms) - 1:
                    raise
                continue
            text = self._read(body)
            self._form = form
            return text
        raise AssertionError("the last form either answers or raises")

    def _read(self, body: bytes) -> str:
        host = host_of(self._url)
        # Nobody may put the key into what is kept and shown.
        document = load_json(body.replace(self._key.encode(), b"") if self._key else body)
        choices = document.get("choices") if isinstance(document, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(choice, dict) or not isinstance(message, dict):
            said = self._explain(body)
            raise Broken(f"{host} sent no answer of a model" + (f": {said}" if said else ""))
        if choice.get("finish_reason") == "length":
            raise Broken(f"{self.model} was cut short before its answer ended")
        content = message.get("content")
        if isinstance(content, list):
            parts = [part.get("text") for part in content if isinstance(part, dict)]
            content = "".join(part for part in parts if isinstance(part, str))
        if not isinstance(content, str) or not content.strip():
            raise Broken(f"{self.model} gave no answer")
        return content

    def _explain(self, body: bytes) -> str | None:
        """The server's own words for what is wrong, on one line and without the key."""
        try:
            document = load_json(body)
        except Broken:
            return None
        found = document.get("error", document) if isinstance(document, dict) else None
        if isinstance(found, dict):
            found = found.get("message") or found.get("detail")
        said = read_text(found)
        if said is None:
            return None
        return (said.replace(self._key, "…") if self._key else said)[:_LONGEST_SAYING]


def completions(url: str) -> str:
    """Where questions go, whichever part of the address was given."""
    base = url.rstrip("/").removesuffix(PATH)
    return base + ("/v1" if urlsplit(base).path in ("", "/") else "") + PATH


def _forms(schema: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The ways to ask for the form of an answer, the strictest first."""
    strict = {"name": "answer", "strict": True, "schema": schema}
    return (
        {"response_format": {"type": "json_schema", "json_schema": strict}},
        {"response_format": {"type": "json_object"}},
        {},
    )


def _mend(status: int | None) -> str:
    if status in (401, 403):
        return ": it does not accept the key; set TRENDLAB_LLM_KEY"
    return "; check TRENDLAB_LLM_URL and TRENDLAB_LLM_MODEL" if status == 404 else ""
