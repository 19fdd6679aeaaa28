"""How does training survive being killed? One file holds all that the next step depends on, and replaces its elder.

Weights, optimizer state and random state are tensors in one safetensors file; step, tokens and recipe its metadata. The
position in the data follows from the step.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

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
    step: int,
    tokens: int,
) -> None:
    """Write the checkpoint beside the old one, then replace it: a kill at any moment leaves one that is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model/{name}": tensor for name, tensor in _weights(model).items()}
    for index, parameter in enumerate(_parameters(optimizer)):
        for key, value in optimizer.state[parameter].items():
            tensors[f"optimizer/{index}/{key}"] = value
    tensors["random/cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    about = {"step": str(step), "tokens": str(tokens), "recipe": json.dumps(recipe, sort_keys=True)}
    # safetensors refuses tensors that share memory; a tied matrix is one parameter and appears once.
    ready = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    beside = folder / f"{NAME}.new"
    save_file(ready, beside, metadata=about)
    with beside.open("rb") as stream:
        os.fsync(stream.fileno())
    beside.replace(folder / NAME)


def restore(
    folder: Path, *, model: nn.Module, optimizer: torch.optim.Optimizer, recipe: Mapping[str, Any]
) -> tuple[int, int]:
    """Put everything back in place; returns the steps done and the tokens seen.

    :raises CannotResume: the file is damaged, or recipe or shapes are not those of this run.
    """
    path = folder / NAME
    try:
        with safe_open(path, framework="pt") as stored:
            about = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        raise CannotResume(f"{path} is damaged ({error}); delete it to start again") from error
    now = json.dumps(recipe, sort_keys=True)
    if about.get("recipe") != now:
        raise CannotResume(f"{path} was made with {about.get('recipe')}, not {now}; use that recipe or delete it")
    weights = _weights(model)
    stored_names = {name.removeprefix("model/") for name in tensors if name.startswith("model/")}
    if stored_names != set(weights) or any(
        tensors[f"model/{name}"].shape != tensor.shape for name, tensor in weights.items()
    ):
        raise CannotResume(f"{path} holds another model's weights; delete it to start again")
    with torch.no_grad():
        for name, tensor in weights.items():
            tensor.copy_(tensors[f"model/{name}"])
    for index, parameter in enumerate(_parameters(optimizer)):
        prefix = f"optimizer/{index}/"
        optimizer.state[parameter] = {
            name.removeprefix(prefix): tensor.to(parameter.device)
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
    torch.set_rng_state(tensors["random/cpu"])
    if "random/cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random/cuda"])
    return int(about["step"]), int(about["tokens"])


def _weights(model: nn.Module) -> dict[str, Tensor]:
    """Parameters, a shared one once, and buffers."""
    return dict(model.named_parameters()) | dict(model.named_buffers())


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
