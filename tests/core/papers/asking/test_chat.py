"""Is a model asked in the words that its server understands, and is the key for that server alone?"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.papers.asking.chat import Chat, Unusable, completions
from core.papers.source import Broken, SourceError, Throttled, Unreachable
from tests.faults.chat_server import Answer, ChatServer, Question, refusal, said

KEY = "sk-never-to-be-seen"
SCHEMA = {"type": "object"}
ASKED = [{"role": "system", "content": "Say it."}, {"role": "user", "content": '{"title": "A title"}'}]


@pytest.fixture
def model() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()


def chat(server: ChatServer, **settings: Any) -> Chat:
    return Chat(**{"url": server.url, "model": "toy-7b", "key": KEY, "timeout": 0.5, "backoff": 0.01, **settings})


def answering(*answers: Answer | Callable[..., None] | None) -> Callable[[Question], Any]:
    """A fault that gives these answers in turn, and then none."""
    left = list(answers)
    return lambda _question: left.pop(0) if left else None


@pytest.mark.parametrize(
    ("dialect", "forms"),
    [
        ("json_schema", ["json_schema"]),
        ("json_object", ["json_schema", "json_object"]),
        ("text", ["json_schema", "json_object", "text"]),
    ],
)
def test_each_dialect_is_found_once_and_kept(model: ChatServer, dialect: Any, forms: list[str]) -> None:
    model.dialect = dialect
    asking = chat(model)
    assert "A title" in asking.ask(ASKED, schema=SCHEMA)
    assert [question.form for question in model.seen] == forms
    asking.ask(ASKED, schema=SCHEMA)
    assert [question.form for question in model.seen] == [*forms, forms[-1]]


def test_a_question_has_the_model_the_messages_the_schema_and_the_key(model: ChatServer) -> None:
    chat(model).ask(ASKED, schema=SCHEMA)
    (question,) = model.seen
    assert question.headers["Authorization"] == f"Bearer {KEY}"
    assert (question.document["model"], question.document["messages"]) == ("toy-7b", ASKED)
    assert question.document["stream"] is False
    assert question.document["response_format"]["json_schema"]["schema"] == SCHEMA


def test_without_a_key_none_is_sent_not_even_one_of_netrc(
    model: ChatServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    chat(model, key="").ask(ASKED, schema=SCHEMA)
    assert "Authorization" not in model.seen[0].headers


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("https://h.example/openai/v1/chat/completions", "https://h.example/openai/v1/chat/completions"),
    ],
)
def test_any_part_of_the_address_will_do(given: str, wanted: str) -> None:
    assert completions(given) == wanted


def test_a_model_that_asks_for_a_moment_is_asked_again(model: ChatServer) -> None:
    model.fault = answering(refusal(429, "slow down", Retry_After="0"))
    assert chat(model).ask(ASKED, schema=SCHEMA)
    assert len(model.seen) == 2


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (refusal(429, "slow down", Retry_After="3600"), Throttled, "asked less often"),
        (refusal(500, "CUDA out of memory"), Unreachable, "500"),
        (refusal(413, "too\x1b[31m long"), Broken, "413: too[31m long"),
        (Answer(200, b"<html>hello</html>"), Broken, "HTML"),
        (Answer(200, b'{"choices": ['), Broken, "bad JSON"),
        (Answer(200, b"[" * 100_000), Broken, "nested too deeply"),
        (Answer(200, b'{"error": "no model is loaded"}'), Broken, "no answer of a model: no model is loaded"),
        (Answer(200, b'{"choices": [{"message": "hello"}]}'), Broken, "no answer of a model"),
        (said("It goes on and", finish="length"), Broken, "cut short"),
        (said(None), Broken, "gave no answer"),
        (said("  "), Broken, "gave no answer"),
        (Answer(200, b'{"x": "' + b"x" * (2 << 20) + b'"}'), Broken, "more than 1 MiB"),
    ],
)
def test_each_failure_has_its_name_and_is_one_line(
    model: ChatServer, answer: Answer, error: type[SourceError], says: str
) -> None:
    model.fault = lambda _question: answer
    with pytest.raises(error) as caught:
        chat(model).ask(ASKED, schema=SCHEMA)
    assert says in str(caught.value) and str(caught.value).isprintable()
    assert not isinstance(caught.value, Unusable)


def test_a_server_that_never_answers_or_is_not_there_is_unreachable(model: ChatServer) -> None:
    model.fault = lambda _question: model.hang
    with pytest.raises(Unreachable, match="in time"):
        chat(model, timeout=0.2).ask(ASKED, schema=SCHEMA)
    model.close()
    with pytest.raises(Unreachable, match="refused the connection"):
        chat(model).ask(ASKED, schema=SCHEMA)


def test_an_answer_in_parts_is_put_together(model: ChatServer) -> None:
    model.fault = answering(said([{"type": "text", "text": "one "}, {"type": "text", "text": "answer"}]))
    assert chat(model).ask(ASKED, schema=SCHEMA) == "one answer"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refusal(401, f"Incorrect API key provided: {KEY[:8]}****"), "TRENDLAB_LLM_KEY"),
        (refusal(403, f"{KEY} may not"), "TRENDLAB_LLM_KEY"),
        (refusal(404, "model 'toy-7b' not found, try pulling it first"), "try pulling it first"),
        (Answer(308, b"", {"Location": "http://127.0.0.2/v1/chat/completions"}), "sends on to http://127.0.0.2"),
        (Answer(302, b"", {"Location": "/v2/chat/completions"}), "sends on to"),
    ],
)
def test_what_no_question_will_mend_is_told_apart_and_the_key_goes_nowhere(
    model: ChatServer, answer: Answer, says: str
) -> None:
    model.fault = lambda _question: answer
    with pytest.raises(Unusable, match=says) as caught:
        chat(model).ask(ASKED, schema=SCHEMA)
    assert len(model.seen) == 1
    assert KEY[:8] not in str(caught.value)


def test_the_key_is_in_no_message_no_log_and_no_answer(model: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for answer in (refusal(400, f"bad key {KEY}"), refusal(500, KEY), said(f"the key is {KEY}"), Answer(200, b"")):
        model.fault = lambda _question, answer=answer: answer
        try:
            assert KEY not in chat(model).ask(ASKED, schema=SCHEMA)
        except SourceError as error:
            assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in caplog.text
    assert all(json.dumps(question.document).count(KEY) == 0 for question in model.seen)
