"""What lies in a folder's safetensors files? Their headers are read first: names, shapes and sizes, no weights."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

from core.language import Told

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
FLOATS = ("F64", "F32", "F16", "BF16")  # the kinds of number that weights are; all others are some quantization's
_LONGEST_HEADER = 100_000_000  # bytes, as the format has it


class BadCheckpoint(Told, ValueError):
    """A model that is missing, damaged or not the core's: one line that says what and how to mend it."""


@dataclass(frozen=True)
class Stored:
    """One tensor on disk.

    :param dtype: as safetensors names it, for example `BF16`.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: str

    def read(self) -> torch.Tensor:
        """The tensor, on the CPU.

        :raises BadCheckpoint: the file is damaged.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="pt") as opened:
                tensor: torch.Tensor = opened.get_tensor(self.name)
                return tensor
        except (SafetensorError, OSError) as error:
            raise BadCheckpoint(
                f"{self.path} is damaged ({error}); copy or train it again",
                f"{self.path}: 손상되었습니다({error}). 다시 복사하거나 학습하세요",
            ) from error


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """Every tensor of a folder by name; a file that is cut off is found out here.

    :raises BadCheckpoint: there are no safetensors, one of the shards is missing, or a file is damaged.
    """
    return {stored.name: stored for path in weight_files(folder) for stored in _header(path)}


def weight_files(folder: Path) -> list[Path]:
    """The files that hold a folder's weights.

    :raises BadCheckpoint: there are no safetensors, or one of the shards is missing.
    """
    whole, index = folder / WEIGHTS, folder / INDEX
    if is_there(whole):
        return [whole]
    if not is_there(index):
        raise BadCheckpoint(
            f"{folder}: there is no {WEIGHTS}; pickled weights are never read",
            f"{folder}: {WEIGHTS}가 없습니다. pickle 가중치는 읽지 않습니다",
        )
    try:
        names = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
        # A name with a folder in it would lead out of this one.
        outside = [name for name in names if Path(name).name != name]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, OSError) as error:
        raise BadCheckpoint(
            f"{index} is damaged ({error}); copy it again", f"{index}: 손상되었습니다({error}). 다시 복사하세요"
        ) from error
    missing = outside or [name for name in names if not is_there(folder / name)]
    if missing or not names:
        shard = (missing or ["1"])[0]
        raise BadCheckpoint(
            f"{folder}: shard {shard} is missing; copy it again",
            f"{folder}: 조각 {shard}이(가) 없습니다. 다시 복사하세요",
        )
    return [folder / name for name in names]


def expanded(path: Path) -> Path:
    """A path with the home folder in place of `~`.

    :raises BadCheckpoint: nobody has that name.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise BadCheckpoint(f"{path} cannot be read ({error})", f"{path}: 읽을 수 없습니다({error})") from error


def is_there(path: Path, *, folder: bool = False) -> bool:
    """Whether there is such a file, or such a folder.

    :raises BadCheckpoint: nobody may ask: the way there is closed to this user, or no path can be so long.
    """
    try:
        return path.is_dir() if folder else path.is_file()
    except OSError as error:
        raise BadCheckpoint(
            f"{path} cannot be read ({error.strerror})", f"{path}: 읽을 수 없습니다({error.strerror})"
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file says.

    :raises BadCheckpoint: it is damaged, or says something else than values under names.
    """
    try:
        values = json.loads(path.read_bytes())
    except (ValueError, OSError, RecursionError) as error:
        raise BadCheckpoint(f"{path} is damaged: {error}", f"{path}: 손상되었습니다({error})") from error
    if not isinstance(values, dict):
        raise BadCheckpoint(
            f"{path} is damaged: it holds no values under names", f"{path}: 손상되었습니다. 이름 아래 값이 없습니다"
        )
    return values


def _header(path: Path) -> list[Stored]:
    """The head of a safetensors file: read by itself, since the library maps the whole file into memory.

    :raises BadCheckpoint: it is none, or the file is shorter or longer than it says.
    """
    try:
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(size, _LONGEST_HEADER)))
        tensors = {name: about for name, about in header.items() if name != "__metadata__"}
        stored = [
            Stored(path, name, tuple(map(int, about["shape"])), str(about["dtype"])) for name, about in tensors.items()
        ]
        told = 8 + size + max((int(about["data_offsets"][1]) for about in tensors.values()), default=0)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadCheckpoint(
            f"{path} is damaged (no safetensors header); copy or train it again",
            f"{path}: 손상되었습니다(safetensors 머리말 없음). 다시 복사하거나 학습하세요",
        ) from error
    if (there := path.stat().st_size) != told:
        raise BadCheckpoint(
            f"{path} is damaged ({there:,} bytes of {told:,}); copy or train it again",
            f"{path}: 손상되었습니다({told:,}바이트 중 {there:,}바이트). 다시 복사하거나 학습하세요",
        )
    return stored


def check_memory(folder: Path, shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype, device: torch.device) -> None:
    """Refuse a model that does not fit before any of it is read.

    :raises BadCheckpoint: it needs more memory than the device has free.
    """
    needed = sum(math.prod(shape) for shape in shapes.values()) * dtype.itemsize
    free = _free_memory(device)
    if free is not None and needed > free:
        raise BadCheckpoint(
            f"{folder}: the model needs {needed / 1e9:.1f} GB as {str(dtype).removeprefix('torch.')}, and {device} has "
            f"{free / 1e9:.1f} GB free; load it in a smaller dtype, or choose a smaller model",
            f"{folder}: {str(dtype).removeprefix('torch.')}로 {needed / 1e9:.1f} GB가 필요한데 {device}에는 "
            f"{free / 1e9:.1f} GB가 비어 있습니다. 더 작은 dtype으로 읽거나 더 작은 모델을 고르세요",
        )


def _free_memory(device: torch.device) -> int | None:
    """Bytes that are free on a device; None where nobody says."""
    if device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return None
    import psutil

    return int(psutil.virtual_memory().available)
