"""Does a training that goes on read what it was begun on?

The texts are those of the Python that runs, and the tokenizer is trained on them: another Python gives others, and no
checkpoint would tell. A small file says what they were until the first phase has shipped, then its card and tokenizer.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from core.gpt.loading.tokenizer_files import read_tokenizer
from core.replacing import put
from core.text.mixture import Part
from core.training import cards
from core.training.checkpoint import CannotResume

NAME = "begun.json"


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What a training reads.

    :param python: the version whose texts they are.
    :param texts: SHA-256 of each kind of text.
    :param vocabulary: SHA-256 of the tokenizer's tokens with their ids.
    """

    python: str
    texts: Mapping[str, str]
    vocabulary: str


def write(folder: Path, parts: Mapping[str, Part], tokenizer: PreTrainedTokenizerFast) -> None:
    """Keep what a training in `folder` begins on."""
    put(folder / NAME, json.dumps(asdict(_of(parts, tokenizer)), indent=1) + "\n")


def check(folder: Path, parts: Mapping[str, Part], tokenizer: PreTrainedTokenizerFast) -> None:
    """Compare what would be read now with what the training in `folder` was begun on, where that is known.

    :raises CannotResume: they differ.
    :raises core.gpt.loading.weight_files.BadCheckpoint: the tokenizer in `folder` is damaged.
    """
    then, now = _kept(folder), _of(parts, tokenizer)
    if then is None:
        return
    others = [kind for kind in sorted({*then.texts, *now.texts}) if then.texts.get(kind) != now.texts.get(kind)]
    if then.vocabulary != now.vocabulary:
        others.append("the vocabulary")
    if others:
        raise CannotResume(
            f"{folder} was begun on the texts of Python {then.python}, and Python {now.python} gives others here: "
            f"{', '.join(others)}; go on with that one, or --restart makes the model anew"
        )


def _of(parts: Mapping[str, Part], tokenizer: PreTrainedTokenizerFast) -> Begun:
    return Begun(
        python=platform.python_version(),
        texts={kind: found.sha256 for kind, found in parts.items()},
        vocabulary=_vocabulary(tokenizer),
    )


def _kept(folder: Path) -> Begun | None:
    """What the files in `folder` say; None: an older version left them before it had shipped a first phase."""
    card = folder / cards.FACTS
    if card.is_file():
        facts = json.loads(card.read_text(encoding="utf-8"))
        return Begun(
            python=facts["versions"]["python"],
            texts={kind: found["sha256"] for kind, found in facts["data"].items()},
            vocabulary=_vocabulary(read_tokenizer(folder)),
        )
    path = folder / NAME
    return Begun(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _vocabulary(tokenizer: PreTrainedTokenizerFast) -> str:
    return hashlib.sha256(json.dumps(tokenizer.get_vocab(), sort_keys=True).encode()).hexdigest()
