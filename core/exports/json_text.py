"""How does a record become JSON that every reader takes: the same each time, no NaN, no sign that ends a line early?"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from numbers import Integral, Real
from typing import Any

from core.language import Text

# Some readers end a line at U+2028; lone surrogates have no UTF-8; a turn of the writing direction hides what follows.
_AWKWARD = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_MARKUP = re.compile(r"[<>&]")


def plain(value: Any) -> Any:
    """`value` as JSON has it: records as objects, texts as language to text, days in ISO 8601, NaN and infinity null.

    :raises TypeError: it holds something that JSON cannot carry.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Text):
        return value.as_dict()
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "tolist"):  # a NumPy array, as Plotly keeps them
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"{value!r} has no form in JSON")


def json_text(value: Any, *, sort: bool = True, indent: int | None = None) -> str:
    """JSON text in one form: letters as they are, awkward signs as escapes. A lone surrogate is kept so too."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, sort_keys=sort, indent=indent)
    # Such signs stand inside strings only, where an escape means the same.
    return _AWKWARD.sub(_escaped, text)


def json_in_html(value: Any) -> str:
    """JSON for a `<script>` element, which nothing inside it can end."""
    return _MARKUP.sub(_escaped, json_text(value))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
