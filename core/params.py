"""What may be set on an experiment, and is a value allowed? The fields of `Params` carry what a form needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from typing import Any, Literal

from core.language import Text

Kind = Literal["value", "text", "model"]


def param(
    default: Any,
    *,
    help: Text,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
    label: Text | None = None,
    kind: Kind = "value",
) -> Any:
    """A field of a `Params` dataclass that carries what its form needs.

    :param low, high: the range, both included, for numbers.
    :param choices: the values allowed; for a tuple-valued field, what its items may be.
    :param kind: "text" for a piece of writing; "model" for a house model's name, a hub id or a folder; "value" for
        anything else.
    """
    about = {"help": help, "low": low, "high": high, "choices": choices, "label": label, "kind": kind}
    return field(default=default, metadata=about)


def model_param(default: str = "nano") -> Any:
    """The field for the model that an experiment reads, the same in all."""
    words = Text("A house model, a hub id, or a folder with a model.", "기본 제공 모델, 허브 id, 또는 모델이 든 폴더.")
    return param(default, label=Text("Model", "모델"), help=words, kind="model")


class BadParam(ValueError):
    """A parameter that does not exist or has a value out of its range; the message says which and what is allowed."""


def make_params(kind: type, values: Mapping[str, Any]) -> Any:
    """Build a `Params` from loose values (strings of a command line, numbers of a form), checked against its fields.

    :raises BadParam: an unknown name, a value of the wrong type or out of range.
    """
    known = {item.name: item for item in fields(kind)}
    for name in values:
        if name not in known:
            raise BadParam(f"unknown parameter {name!r}; there are: {', '.join(known)}")
    return kind(**{name: _checked(known[name], value) for name, value in values.items()})


def _checked(item: Any, value: Any) -> Any:
    if item.default is MISSING:
        raise TypeError(f"parameter {item.name} needs a default")
    default, about = item.default, item.metadata
    try:
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            example = default[0] if default else ""
            return tuple(_scalar(item.name, part, example, about) for part in parts)
        return _scalar(item.name, value, default, about)
    except (ValueError, TypeError) as error:
        if isinstance(error, BadParam):
            raise
        raise BadParam(f"{item.name}: {value!r} is not a {type(default).__name__}") from error


def _scalar(name: str, value: Any, example: Any, about: Mapping[str, Any]) -> Any:
    if isinstance(example, bool):
        if isinstance(value, str):
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if value.strip().lower() not in words:
                raise BadParam(f"{name}: {value!r} is not yes or no")
            value = words[value.strip().lower()]
        value = bool(value)
    elif isinstance(example, int):
        if isinstance(value, float) and not value.is_integer():
            raise BadParam(f"{name}: {value!r} is not a whole number")
        value = int(value.strip()) if isinstance(value, str) else int(value)
    elif isinstance(example, float):
        value = float(value)
        if not math.isfinite(value):
            raise BadParam(f"{name}: {value!r} is not a finite number")
    else:
        value = str(value).strip() if about.get("kind") != "text" else str(value)
    low, high, choices = about.get("low"), about.get("high"), about.get("choices")
    if choices is not None and value not in choices:
        raise BadParam(f"{name}: {value!r} is not one of {', '.join(map(str, choices))}")
    if isinstance(value, int | float) and ((low is not None and value < low) or (high is not None and value > high)):
        raise BadParam(f"{name}: {value} is not between {low} and {high}")
    return value
