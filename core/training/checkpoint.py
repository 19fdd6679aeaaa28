"""How does training survive being killed? One file holds all that the next step depends on, and replaces its elder.

Weights and optimizer state are tensors in one safetensors file; step, tokens and recipe its metadata. The position in
the data and the random numbers of dropout follow from the step.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from core.replacing import replacing

NAME = "checkpoint.safetensors"


class CannotResume(ValueError):
    """The checkpoint is damaged, or was made by another recipe or for another model."""


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint in `folder`."""
    return (folder / NAME).is_file()


def save(
    folder: Path,
    *,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    recipe: Mapping[str, Any],
    record: Mapping[str, Any],
) -> None:
    """Write the checkpoint beside the old one, then replace it: a kill at any moment leaves one that is whole.

    :param record: what the last step did: its `step`, its `tokens`, and whatever else is to be told of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in _state(model, optimizer).items()}
    about = {
        "step": str(record["step"]),
        "tokens": str(record["tokens"]),
        "record": json.dumps(record, sort_keys=True),
        "recipe": json.dumps(recipe, sort_keys=True),
        "trained": _trained(model),
        "checksum": _checksum(tensors),
    }
    with replacing(folder / NAME, durable=True) as beside:
        save_file(tensors, beside, metadata=about)


def restore(
    folder: Path, *, model: nn.Module, optimizer: torch.optim.Optimizer, recipe: Mapping[str, Any]
) -> tuple[int, int]:
    """Put everything back in place; returns the steps done and the tokens seen.

    :param optimizer: one that has done no step.
    :raises CannotResume: the file is damaged, or recipe, shapes or types are not those of this run.
    """
    path = folder / NAME
    with _opened(path) as (about, stored):
        _check_recipe(path, about, recipe)
        tensors = _tensors(path, about, stored)
    _put_weights(path, about, tensors, model)
    for index, parameter in enumerate(_parameters(optimizer)):
        prefix = f"optimizer/{index}/"
        optimizer.state[parameter] = {
            name.removeprefix(prefix): tensor.to(parameter.device)
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
    return int(about["step"]), int(about["tokens"])


def restore_weights(folder: Path, *, model: nn.Module) -> None:
    """Put only the weights back in place.

    :raises CannotResume: the file is damaged, or shapes or types are not those of the model.
    """
    path = folder / NAME
    with _opened(path) as (about, stored):
        tensors = _tensors(path, about, stored)
    _put_weights(path, about, tensors, model)


def recipe_of(folder: Path) -> dict[str, Any]:
    """The recipe that the checkpoint in `folder` was made with.

    :raises CannotResume: it is damaged.
    """
    with _opened(folder / NAME) as (about, _stored):
        recipe: dict[str, Any] = json.loads(about["recipe"])
        return recipe


def record_of(folder: Path) -> dict[str, Any] | None:
    """What the last step before the checkpoint in `folder` did; None: an older version made it, which did not say.

    :raises CannotResume: it is damaged.
    """
    with _opened(folder / NAME) as (about, _stored):
        record: dict[str, Any] | None = json.loads(about.get("record", "null"))
        return record


@contextmanager
def _opened(path: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """What a checkpoint says of itself, and the open file."""
    try:
        with safe_open(path, framework="pt") as stored:
            about = stored.metadata() or {}
            if not {"step", "tokens", "recipe"} <= about.keys():
                raise CannotResume(f"{path} is no training checkpoint; move it away to start again")
            yield about, stored
    except (SafetensorError, OSError) as error:
        raise CannotResume(f"{path} is damaged ({error}); delete it to start again") from error


def _tensors(path: Path, about: Mapping[str, str], stored: Any) -> dict[str, Tensor]:
    tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
    # A checkpoint of version 0.3.0 says neither its checksum nor what was trained.
    found = _checksum(tensors)
    if about.get("checksum", found) != found:
        raise CannotResume(f"{path} is damaged (its checksum does not match); delete it to start again")
    return tensors


def _put_weights(path: Path, about: Mapping[str, str], tensors: Mapping[str, Tensor], model: nn.Module) -> None:
    weights = _weights(model)
    if {name for name in tensors if name.startswith("model/")} != {f"model/{name}" for name in weights} or any(
        not _alike(tensors[f"model/{name}"], tensor) for name, tensor in weights.items()
    ):
        raise CannotResume(f"{path} holds another model's weights; delete it to start again")
    trained = _trained(model)
    if about.get("trained", trained) != trained:
        raise CannotResume(f"{path} trained other parameters of this model; freeze the same ones, or delete it")
    with torch.no_grad():
        for name, tensor in weights.items():
            tensor.copy_(tensors[f"model/{name}"])


def _check_recipe(path: Path, about: Mapping[str, str], recipe: Mapping[str, Any]) -> None:
    """Before any tensor is read: does the file go on where this run wants to?"""
    then, now = json.loads(about["recipe"]), json.loads(json.dumps(recipe))
    others = ", ".join(
        f"{key} {then.get(key)}, not {now.get(key)}" for key in sorted(then | now) if then.get(key) != now.get(key)
    )
    if others:
        raise CannotResume(f"{path} was made with {others}; use that recipe or delete it")


def _alike(one: Tensor, two: Tensor) -> bool:
    return one.shape == two.shape and one.dtype == two.dtype


def _state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {f"model/{name}": tensor for name, tensor in _weights(model).items()}
    for index, parameter in enumerate(_parameters(optimizer)):
        for key, value in optimizer.state[parameter].items():
            tensors[f"optimizer/{index}/{key}"] = value
    return tensors


def _weights(model: nn.Module) -> dict[str, Tensor]:
    """Parameters, a shared one once (safetensors refuses tensors that share memory), and buffers."""
    return dict(model.named_parameters()) | dict(model.named_buffers())


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """CRC-32 of all values: the format itself does not notice a flipped bit."""
    found = 0
    for name in sorted(tensors):
        found = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, zlib.crc32(name.encode(), found))
    return f"{found:08x}"


def _trained(model: nn.Module) -> str:
    """The names of what training changes, as one short string: the optimizer knows its parameters by place alone."""
    names = sorted(name for name, parameter in model.named_parameters() if parameter.requires_grad)
    return f"{zlib.crc32(json.dumps(names).encode()):08x}"
