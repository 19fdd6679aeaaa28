"""What lies in a folder's safetensors files? Their headers are read first: names, shapes and sizes, no weights."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
_LONGEST_HEADER = 100_000_000  # bytes, as the format has it


class BadCheckpoint(ValueError):
    """A model that is missing, damaged or not the core's: one line that says what and how to mend it."""


@dataclass(frozen=True)
class Stored:
    """One tensor on disk."""

    path: Path
    name: str
    shape: tuple[int, ...]

    def read(self) -> Tensor:
        """The tensor, on the CPU.

        :raises BadCheckpoint: the file is damaged.
        """
        try:
            with safe_open(self.path, framework="pt") as opened:
                tensor: Tensor = opened.get_tensor(self.name)
                return tensor
        except (SafetensorError, OSError) as error:
            raise BadCheckpoint(f"{self.path} is damaged ({error}); copy or train it again") from error


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """Every tensor of a folder by name; a file that is cut off is found out here.

    :raises BadCheckpoint: there are no safetensors, one of the shards is missing, or a file is damaged.
    """
    return {
        name: Stored(path, name, tuple(about["shape"]))
        for path in _files(folder)
        for name, about in _header(path).items()
        if name != "__metadata__"
    }


def _header(path: Path) -> dict[str, Any]:
    """The JSON at the head of a safetensors file: read by itself, since the library maps the whole file into memory.

    :raises BadCheckpoint: it is none, or the file is shorter or longer than it says.
    """
    try:
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header: dict[str, Any] = json.loads(stream.read(min(size, _LONGEST_HEADER)))
        ends = [about["data_offsets"][1] for name, about in header.items() if name != "__metadata__"]
        told = 8 + size + max(ends, default=0)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise BadCheckpoint(f"{path} is damaged (no safetensors header); copy or train it again") from error
    if (there := path.stat().st_size) != told:
        raise BadCheckpoint(f"{path} is damaged ({there:,} bytes of {told:,}); copy or train it again")
    return header


def _files(folder: Path) -> list[Path]:
    whole, index = folder / WEIGHTS, folder / INDEX
    if whole.is_file():
        return [whole]
    if not index.is_file():
        raise BadCheckpoint(f"{folder}: there is no {WEIGHTS}; pickled weights are never read")
    try:
        names = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadCheckpoint(f"{index} is damaged: {error}") from error
    for name in names:
        # A name with a folder in it would lead out of this one.
        if Path(name).name != name or not (folder / name).is_file():
            raise BadCheckpoint(f"{folder}: shard {name} is missing; copy it again")
    return [folder / name for name in names]


def check_memory(folder: Path, shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype, device: torch.device) -> None:
    """Refuse a model that does not fit before any of it is read.

    :raises BadCheckpoint: it needs more memory than the device has free.
    """
    needed = sum(math.prod(shape) for shape in shapes.values()) * dtype.itemsize
    free = _free_memory(device)
    if free is not None and needed > free:
        raise BadCheckpoint(
            f"{folder}: the model needs {needed / 1e9:.1f} GB as {str(dtype).removeprefix('torch.')}, and {device} has "
            f"{free / 1e9:.1f} GB free; load it in a smaller dtype, or choose a smaller model"
        )


def _free_memory(device: torch.device) -> int | None:
    """Bytes that are free on a device; None where nobody says."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return None
    import psutil

    return int(psutil.virtual_memory().available)
