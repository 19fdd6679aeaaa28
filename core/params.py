"""What may be set on an experiment, and is a value allowed? The fields of `Params` carry what a form needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from typing import Any, Literal

from core.language import Text, Told

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


class BadParam(Told, ValueError):
    """A parameter that does not exist or has a value out of its range; the message says which and what is allowed."""


def make_params(kind: type, values: Mapping[str, Any]) -> Any:
    """Build a `Params` from loose values (strings of a command line, numbers of a form), checked against its fields.

    :raises BadParam: an unknown name, a value of the wrong type or out of range.
    """
    known = {item.name: item for item in fields(kind)}
    for name in values:
        if name not in known:
            there = ", ".join(known)
            raise BadParam(
                f"unknown parameter {name!r}; there are: {there}",
                f"{name!r}은(는) 없는 매개변수입니다. 있는 것: {there}",
            )
    return kind(**{name: _checked(known[name], value) for name, value in values.items()})


def check_ascending(params: Any, *names: str) -> None:
    """The values of these fields, which are searched in their order.

    :raises BadParam: one has none, or they do not ascend.
    """
    for name in names:
        values = list(getattr(params, name))
        if not values or values != sorted(set(values)):
            raise BadParam(f"{name}: give at least one, in ascending order", f"{name}: 하나 이상, 작은 것부터 적으세요")


def check_multiple(params: Any, name: str, *, of: int) -> None:
    """
    :raises BadParam: the field is no multiple of `of`.
    """
    value = getattr(params, name)
    if value % of:
        raise BadParam(f"{name}: {value} is not a multiple of {of}", f"{name}: {value}은(는) {of}의 배수가 아닙니다")


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
        raise _not_one(item.name, value, default) from error


_KINDS = {
    bool: Text("yes or no", "예/아니요"),
    int: Text("a whole number", "정수"),
    float: Text("a number", "수"),
    str: Text("a text", "글"),
    tuple: Text("a list", "목록"),
}


def _not_one(name: str, value: Any, example: Any) -> BadParam:
    """The value is of another kind than the example."""
    kind = _KINDS[type(example)]
    return BadParam(f"{name}: {value!r} is not {kind.en}", f"{name}: {value!r}은(는) {kind.ko}이(가) 아닙니다")


def _scalar(name: str, value: Any, example: Any, about: Mapping[str, Any]) -> Any:
    if isinstance(example, bool):
        if isinstance(value, str):
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if value.strip().lower() not in words:
                raise _not_one(name, value, example)
            value = words[value.strip().lower()]
        value = bool(value)
    elif isinstance(example, int):
        if isinstance(value, float) and not value.is_integer():
            raise _not_one(name, value, example)
        value = int(value.strip()) if isinstance(value, str) else int(value)
    elif isinstance(example, float):
        value = float(value)
        if not math.isfinite(value):
            raise BadParam(f"{name}: {value!r} is not a finite number", f"{name}: {value!r}은(는) 유한한 수가 아닙니다")
    else:
        value = str(value).strip() if about.get("kind") != "text" else str(value)
    low, high, choices = about.get("low"), about.get("high"), about.get("choices")
    if choices is not None and value not in choices:
        there = ", ".join(map(str, choices))
        raise BadParam(
            f"{name}: {value!r} is not one of {there}", f"{name}: {value!r}은(는) 다음 중 하나가 아닙니다: {there}"
        )
    if isinstance(value, int | float) and ((low is not None and value < low) or (high is not None and value > high)):
        raise BadParam(
            f"{name}: {value} is not between {low} and {high}",
            f"{name}: {value}은(는) {low}에서 {high} 사이가 아닙니다",
        )
    return value
