"""What is taken from a model's answer? Two sentences of plain text, and tags that the taxonomy has; nothing else.

The paper may have told the model what to say, so that an answer is judged as a stranger's text: wrong in form, it is
refused with a reason; right in form, it is cut down to what may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.papers.asking.said import read_object, read_plain
from core.papers.sentences import sentence_ends
from core.papers.source import Broken
from core.papers.tags import TagKind
from core.papers.taxonomy import applications, stages, topics

SENTENCES = 2
MOST_CHARACTERS = 600
MOST: dict[TagKind, int] = {"stage": 2, "topic": 4, "application": 2}

_LEAST = {"en": 0.8, "ko": 0.3}  # of the letters; Korean text is full of English terms


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
        form = _Form.model_validate(read_object(content, "summary"))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the answer"
        raise Broken(f"the model's answer does not have the form asked for: {where}: {first['msg']}") from error
    summary = _two_sentences(read_plain(form.summary))
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


def _two_sentences(text: str) -> str:
    ends = sentence_ends(text)
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
