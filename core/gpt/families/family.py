"""What does a published family say of its models, and where do its checkpoints keep each of the core's tensors?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from torch import Tensor

from core.gpt.config import GPTConfig
from core.registry import discover


class NotTheCore(ValueError):
    """A config that says what the core, or the family, cannot be: what it says, and which values are known."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a checkpoint keeps one of the core's tensors.

    :param name: of the tensor there, without the prefix of the whole stack.
    :param transposed: kept as (in, out), as GPT-2's convolutions are.
    :param part, parts: the core's tensor is this one of so many equal parts along its first dimension.
    """

    name: str
    transposed: bool = False
    part: int = 0
    parts: int = 1

    def take(self, stored: Tensor) -> Tensor:
        """The core's tensor out of the stored one."""
        whole = stored.T if self.transposed else stored
        return whole.chunk(self.parts)[self.part] if self.parts > 1 else whole

    def shape(self, mine: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the stored tensor, from the core's."""
        whole = (mine[0] * self.parts, *mine[1:])
        return whole[::-1] if self.transposed else whole


@dataclass(frozen=True, kw_only=True)
class Family:
    """A published family. Llama's names are the core's own, so most of it is about the config.

    :param id: the file's name, and the `model_type` of its config.json.
    :param architecture: what `transformers` calls its language model.
    :param prefix: of the tensors of the stack; a checkpoint may have left it out.
    :param read: the values of config.json to the core's config. Raises NotTheCore.
    :param write: the core's config to the values of config.json. Raises NotTheCore.
    :param place: where the core's tensor of this name is kept.
    :param surplus: ends of names of tensors that hold no weights, as masks.
    """

    id: str
    architecture: str
    prefix: str
    read: Callable[[Mapping[str, Any]], GPTConfig]
    write: Callable[[GPTConfig], dict[str, Any]]
    place: Callable[[str], Place]
    surplus: tuple[str, ...] = ()


def families() -> Mapping[str, Family]:
    """The families by id."""
    found: Mapping[str, Family] = MappingProxyType(dict(discover("core.gpt.families", "FAMILY")))
    return found


def only(values: Mapping[str, Any], name: str, known: Mapping[Any, Any], default: Any) -> Any:
    """What a value of config.json means to the core.

    :raises NotTheCore: it is none of the known ones.
    """
    value = values.get(name, default)
    if value not in known:
        raise NotTheCore(f"{name} {value!r} is not one that the core knows ({', '.join(map(str, known))})")
    return known[value]


def needs(config: GPTConfig, **wanted: Any) -> None:
    """:raises NotTheCore: the config is not as the family is."""
    for name, value in wanted.items():
        if getattr(config, name) != value:
            raise NotTheCore(f"{name} is {getattr(config, name)!r}, and this family has only {value!r}")
