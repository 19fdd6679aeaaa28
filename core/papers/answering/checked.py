"""What of a model's answer may be shown? Sentences that cite a passage which was handed over and speaks of the same.

A sentence is left out where it cites nothing, or something that was not handed over, where it has a number that no
passage which it cites has, and where it shares hardly a term with them. The last two are guards and no proof: that a
passage says what a sentence says is for the reader to see, who is one click away from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.papers.answering.prompt import MOST_SENTENCES, Handed
from core.papers.asking.said import read_object, read_plain
from core.papers.sentences import sentences
from core.papers.source import Broken
from core.retrieval.korean import is_korean
from core.retrieval.words import terms_of

Fault = Literal["uncited", "unknown", "number", "unrelated"]
MOST_CHARACTERS = 500  # of a sentence
SHARED = 0.25  # of a sentence's terms that its passages must have, and one at least

_CITED = re.compile(r"\s*\[\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Cited:
    """A sentence of a model, and the numbers of the passages that it cites."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True)
class Checked:
    """What is left of a model's answer.

    :param dropped: why sentences were left out, and how many each.
    """

    sentences: tuple[Cited, ...]
    dropped: Mapping[Fault, int]


class _Sentence(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    text: str
    cites: list[int] = []


class _Form(BaseModel):
    """The answer as it must come; other fields are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    sentences: list[_Sentence]


def read_answer(content: str, passages: Sequence[Handed]) -> Checked:
    """What may be shown of a model's answer; it may be nothing.

    A text of several sentences stands for so many with the same citations. Those beyond `MOST_SENTENCES` were not
    asked for.

    :raises Broken: not JSON, or not of the form that was asked for.
    """
    try:
        form = _Form.model_validate(read_object(content, "sentences"))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the answer"
        raise Broken(f"the model's answer does not have the form asked for: {where}: {first['msg']}") from error
    handed = {passage.number: passage for passage in passages}
    kept: list[Cited] = []
    dropped: Counter[Fault] = Counter()
    for item in form.sentences:
        cites = tuple(dict.fromkeys(item.cites))
        for text in sentences(_CITED.sub("", read_plain(item.text))):
            fault = _fault(text, cites, handed)
            if fault is not None:
                dropped[fault] += 1
            elif len(kept) < MOST_SENTENCES:
                kept.append(Cited(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…", cites))
    return Checked(tuple(kept), dropped)


def _fault(text: str, cites: Sequence[int], handed: Mapping[int, Handed]) -> Fault | None:
    """Why a sentence cannot be shown, or None."""
    if not cites:
        return "uncited"
    if any(number not in handed for number in cites):
        return "unknown"
    said = " ".join(f"{handed[number].title} {handed[number].text}" for number in cites)
    numbers = set(_NUMBER.findall(said))
    if any(number not in numbers for number in _NUMBER.findall(text)):
        return "number"
    # Of a Korean sentence only what is known in English can be looked for.
    own = {term for term in terms_of(text) if not is_korean(term)}
    shared = own & set(terms_of(said))
    return None if shared and len(shared) >= SHARED * len(own) else "unrelated"
