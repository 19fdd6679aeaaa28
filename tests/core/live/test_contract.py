"""What must hold for everything that answers while one types, also for what is to come."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from core.events import Event, Figure, Sample, Strip, Table, from_line, to_line
from core.language import Text
from core.live import Live, Models
from core.params import make_params
from core.registry import discover

ROOT = Path(__file__).resolve().parents[3]
LIVES = discover("core.live", "LIVE")
EXPERIMENTS = discover("core.experiments", "EXPERIMENT")
each = pytest.mark.parametrize("name", LIVES)
TEXTS = {
    "nothing": "",
    "a blank": " ",
    "markup": "<script>alert(1)</script> <img src=x onerror=alert(1)> </span>",
    "Plotly's own": "%{y} <extra>x</extra> <a href='https://example.org'>here</a> $\\alpha$",
    "Korean": "언어 모델은 다음 토큰의 확률이다.",
    "signs that are not seen": "a\x00b\u202ec\u200bd\r\n\te\ufeff",
    "half of a pair": "\ud83d and \udc4d",
    "an emoji of many parts": "👩‍👩‍👧‍👦 café é",
    "too long": "one two three " * 20_000,
    "a special token": "before <|end|> after",
}
LONGEST = 1.0  # seconds of computing for any text; what one waits for is measured in the browser


def answer(name: str, models: Models, **values: Any) -> list[Event]:
    live: Live = LIVES[name]
    return list(live.answer(make_params(live.params, values), models))


def strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for item in found.values():
            yield from strings(item)
    elif isinstance(found, list):
        for item in found:
            yield from strings(item)


def test_what_comes_next_is_answered() -> None:
    assert "next-token" in LIVES


def test_finding_them_loads_no_heavy_library() -> None:
    code = """
import sys
from core.registry import discover
discover("core.live", "LIVE")
print(sorted({"torch", "transformers", "tokenizers", "peft"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@each
def test_it_stands_on_the_card_of_an_experiment(name: str) -> None:
    assert LIVES[name].experiment in EXPERIMENTS


@each
def test_every_word_is_there_in_english_and_korean(name: str) -> None:
    live: Live = LIVES[name]
    words = [live.title, live.help, *(item.metadata["help"] for item in fields(live.params))]
    words += [item.metadata["label"] for item in fields(live.params) if item.metadata["label"] is not None]
    for text in words:
        assert isinstance(text, Text)
        assert text.en.strip()
        assert text.ko and text.ko.strip(), text.en


@each
def test_what_is_typed_is_a_text_of_its_form(name: str) -> None:
    live: Live = LIVES[name]
    typed = {item.name: item for item in fields(live.params)}[live.typed]
    assert isinstance(typed.default, str)
    assert typed.metadata["kind"] == "text"
    assert make_params(live.params, {}) == live.params()


@each
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_is_answered_by_what_can_be_written_down_and_drawn(name: str, text: str, models: Models) -> None:
    live: Live = LIVES[name]
    answer(name, models)  # so that the model is there
    before = time.process_time()
    events = answer(name, models, **{live.typed: text})
    assert time.process_time() - before < LONGEST
    assert events
    for event in events:
        assert isinstance(event, Figure | Table | Sample | Strip)
        assert from_line(to_line(event, run="1", unit=None, t=0.0))[0].type == event.type
        if not isinstance(event, Sample):
            assert {"en", "ko"} <= event.title.keys()
        if isinstance(event, Strip):
            assert len(event.tokens) == len(event.values)
            assert len(event.notes) in (0, len(event.tokens))
            assert set(event.chosen) <= set(range(len(event.tokens)))
            assert event.high > 0
        if isinstance(event, Figure):
            # What Plotly takes for markup is the plug-in's own, never what was typed.
            shown = " ".join(strings(event.plotly))
            assert not re.search(r"<\s*/?\s*(script|img|a|span|b)\b", shown)
            assert "$" not in shown


@each
def test_the_same_question_has_the_same_answer(name: str, models: Models) -> None:
    live: Live = LIVES[name]
    values = {live.typed: "The list has the same items as the list."}
    first, other = (
        [json.loads(to_line(event, run="1", unit=None, t=0.0)) for event in answer(name, models, **values)]
        for _ in range(2)
    )
    assert first == other
