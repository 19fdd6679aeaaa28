"""Parameters: loose values in, checked ones out, or one line that says what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from core.language import Text
from core.params import BadParam, make_params, param


@dataclass(frozen=True, kw_only=True)
class Params:
    rank: int = param(8, help=Text("Rank."), low=1, high=64)
    rate: float = param(1e-3, help=Text("Learning rate."), low=0.0)
    causal: bool = param(True, help=Text("Looks back only."))
    method: str = param("lora", help=Text("Method."), choices=("lora", "full"))
    prompt: str = param(" a ", help=Text("Prompt."), kind="text")
    sizes: tuple[int, ...] = param((16, 32), help=Text("Widths."), choices=(16, 32, 64))


def test_without_values_there_are_the_defaults() -> None:
    assert make_params(Params, {}) == Params()


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("rank", "16", 16),
        ("rank", 16.0, 16),
        ("rate", "1e-4", 1e-4),
        ("rate", 1, 1.0),
        ("causal", "no", False),
        ("causal", 0, False),
        ("method", " full ", "full"),
        ("prompt", " b\n", " b\n"),
        ("sizes", "16,64", (16, 64)),
        ("sizes", [32], (32,)),
    ],
)
def test_strings_and_json_values_become_what_the_field_is(name: str, given: Any, taken: Any) -> None:
    found = getattr(make_params(Params, {name: given}), name)
    assert found == taken
    assert type(found) is type(taken)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("rnk", 1, "unknown parameter 'rnk'; there are: rank, rate, causal, method, prompt, sizes"),
        ("rank", 0, "rank: 0 is not between 1 and 64"),
        ("rank", 65, "rank: 65 is not between 1 and 64"),
        ("rank", 1.5, "rank: 1.5 is not a whole number"),
        ("rank", "many", "rank: 'many' is not a whole number"),
        ("rate", "nan", "rate: nan is not a finite number"),
        ("causal", "maybe", "causal: 'maybe' is not yes or no"),
        ("method", "ia3", "method: 'ia3' is not one of lora, full"),
        ("sizes", "16,17", "sizes: 17 is not one of 16, 32, 64"),
        ("sizes", 3, "sizes: 3 is not a list"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(name: str, given: Any, message: str) -> None:
    with pytest.raises(BadParam) as caught:
        make_params(Params, {name: given})
    assert str(caught.value) == message
