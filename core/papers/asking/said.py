"""What of a model's answer may be read and shown? One JSON object, and plain text without markup or addresses.

What a model was shown may have told it what to say, so that its answer is judged as a stranger's text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from core.papers.source import Broken

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"<!--.*?-->|</?[a-z][^<>]*>|\*\*|`", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"\s?\b(?:https?://|www\.)[^\s)>\]]*[^\s)>\].,;:!?]", re.IGNORECASE)
_BRACES = 20  # places at which an answer within other words is looked for


def read_object(content: str, field: str) -> dict[str, Any]:
    """The JSON object of an answer, which may stand between other words where the server could not ask for JSON.

    :param field: one that it must have; objects without it are passed over.
    :raises Broken: there is none.
    """
    text = _THOUGHT.sub("", content)
    decoder = json.JSONDecoder(strict=False)
    for brace, _ in zip(re.finditer(r"\{", text), range(_BRACES), strict=False):
        try:
            found, _end = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and field in found:
            return found
    raise Broken(f"the model's answer holds no JSON object with {field}")


def read_plain(text: str) -> str:
    """One line of plain text: no markup, no addresses, nothing that cannot be seen."""
    text = _ADDRESS.sub("", _MARKUP.sub("", text))
    # Control characters, and those that turn the direction of writing round or hide letters (Cf).
    seen = (" " if letter.isspace() else letter for letter in text)
    kept = "".join(letter for letter in seen if unicodedata.category(letter)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", kept).split())
