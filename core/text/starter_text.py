"""Which real text has every copy of the project, in two languages? The summaries of its starter catalog.

A document is one paper in three sentences of our own. The English and the Korean of a paper say the same, so that a new
domain and a new language can be compared on equal content. It is small, and identical on every machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core.language import LANGUAGES

STARTER = Path(__file__).parent.parent / "papers" / "starter"


@cache
def summaries(language: str) -> Mapping[str, str]:
    """arXiv id to the paper's three sentences, joined by spaces; ordered by id.

    :param language: "en" or "ko".
    :raises ValueError: another language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"there are no summaries in {language!r}; choose one of {', '.join(LANGUAGES)}")
    found: dict[str, str] = {}
    for path in STARTER.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            found[record["id"]] = " ".join(record[language])
    return MappingProxyType(dict(sorted(found.items())))


@dataclass(frozen=True, kw_only=True)
class Split:
    """Documents to train on, to choose by, and to report on. No paper is in two of them."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def split(language: str, *, seed: int, train: int, validation: int = 40, test: int = 60) -> Split:
    """Draw papers; the same seed draws the same papers in both languages, and with more or less to train on the same
    validation and test papers.

    :param train, validation, test: how many papers each.
    :raises ValueError: more papers than there are.
    """
    return split_documents(
        summaries(language), "starter catalog", seed=seed, train=train, validation=validation, test=test
    )


def split_documents(
    documents: Mapping[str, str], origin: str, *, seed: int, train: int, validation: int, test: int
) -> Split:
    """The same for documents of any kind.

    :param documents: id to text.
    :param origin: where they are from, for the error.
    :raises ValueError: more documents than there are.
    """
    room = len(documents) - validation - test
    if train > room:
        mend = f"train on {room} or fewer" if room > 0 else "hold out fewer, or get more"
        raise ValueError(
            f"{train} + {validation} + {test} papers are more than the {len(documents)} of the {origin}; {mend}"
        )
    drawn = [documents[id_] for id_ in sorted(documents, key=lambda id_: _draw(seed, id_))]
    held_out = validation + test
    return Split(
        test=tuple(drawn[:test]),
        validation=tuple(drawn[test:held_out]),
        train=tuple(drawn[held_out : held_out + train]),
    )


def _draw(seed: int, id_: str) -> bytes:
    # A hash, because the order that `random` gives may change between versions of Python.
    return hashlib.sha256(f"{seed}/{id_}".encode()).digest()
