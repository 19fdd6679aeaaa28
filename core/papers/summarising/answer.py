"""What is taken from a model's answer? Two sentences of plain text, and tags that the taxonomy has; nothing else.

The paper may have told the model what to say, so that an answer is judged as a stranger's text: wrong in form, it is
refused with a reason; right in form, it is cut down to what may be shown.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.papers.source import Broken
from core.papers.tags import TagKind
from core.papers.taxonomy import applications, stages, topics

SENTENCES = 2
MOST_CHARACTERS = 600
MOST: dict[TagKind, int] = {"stage": 2, "topic": 4, "application": 2}

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"<!--.*?-->|</?[a-z][^<>]*>|\*\*|`", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"\s?\b(?:https?://|www\.)[^\s)>\]]*[^\s)>\].,;:!?]", re.IGNORECASE)
# A sentence ends before a word, but not before one in small letters alone ("e.g. low-rank"); vLLM may begin one.
_END = re.compile(r"[.!?。！？]+[\"'”’»)\]]*(?=\s+(?![a-z-]+[\s,;])\S|$)")
_SHORT = re.compile(r"(?:\b(?:[Ff]igs?|[Ee]qs?|[Ss]ecs?|al|cf|vs|e\.g|i\.e|Dr|Prof)|\b[A-Z])\.$")
_LEAST = {"en": 0.8, "ko": 0.3}  # of the letters; Korean text is full of English terms
_BRACES = 20  # places at which an answer within other words is looked for


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model said of one paper.

    :param summary: two sentences of plain text, at most `MOST_CHARACTERS` long.
    :param tags: what it would file the paper under, best first, of each kind that it named any of.
    """

    summary: str
    tags: Mapping[TagKind, tuple[str, ...]]


class _Form(BaseModel):
    """The answer as it must come; other fields are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    summary: str
    language: str | None = None
    stages: list[str] = []
    topics: list[str] = []
    applications: list[str] = []


def read_answer(content: str, language: str) -> Answer:
    """What counts of a model's answer.

    :param language: `en` or `ko`: what the summary must be written in.
    :raises Broken: not JSON, not of the form that was asked for, fewer than two sentences, or another language.
    """
    try:
        form = _Form.model_validate(_object(content))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the answer"
        raise Broken(f"the model's answer does not have the form asked for: {where}: {first['msg']}") from error
    summary = _two_sentences(_plain(form.summary))
    if form.language not in (None, language) or not _is_in(summary, language):
        raise Broken("the model answered in another language than it was asked for")
    named: dict[TagKind, tuple[list[str], Mapping[str, Any]]] = {
        "stage": (form.stages, stages()),
        "topic": (form.topics, topics()),
        "application": (form.applications, applications()),
    }
    known = {
        kind: [value for value in dict.fromkeys(each.strip().lower() for each in values) if value in entries]
        for kind, (values, entries) in named.items()
    }
    return Answer(summary=summary, tags={kind: tuple(values[: MOST[kind]]) for kind, values in known.items() if values})


def _object(content: str) -> Any:
    """The JSON object of an answer, which may stand between other words where the server could not ask for JSON."""
    text = _THOUGHT.sub("", content)
    decoder = json.JSONDecoder(strict=False)
    for brace, _ in zip(re.finditer(r"\{", text), range(_BRACES), strict=False):
        try:
            found, _end = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "summary" in found:
            return found
    raise Broken("the model's answer holds no JSON object with a summary")


def _plain(text: str) -> str:
    """One line of plain text: no markup, no addresses, nothing that cannot be seen."""
    text = _ADDRESS.sub("", _MARKUP.sub("", text))
    # Control characters, and those that turn the direction of writing round or hide letters (Cf).
    seen = (" " if letter.isspace() else letter for letter in text)
    kept = "".join(letter for letter in seen if unicodedata.category(letter)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _two_sentences(text: str) -> str:
    ends = [match.end() for match in _END.finditer(text) if not _SHORT.search(text[: match.end()])]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    if len(ends) < SENTENCES:
        raise Broken(f"the model's summary has fewer than {SENTENCES} sentences")
    told = text[: ends[SENTENCES - 1]]
    if len(told) <= MOST_CHARACTERS:
        return told
    return told[: MOST_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _is_in(text: str, language: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    own = [letter for letter in letters if ("가" <= letter <= "힣" if language == "ko" else letter.isascii())]
    return len(own) >= _LEAST[language] * max(1, len(letters))
