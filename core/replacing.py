"""How is a file written so that there is always the old one or the new one, whoever reads and whatever kill comes?"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, shared: bool = False, durable: bool = False) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place, all at once, when the block ends without an error.

    An error leaves nothing behind. A kill leaves a file with a dot before its name, which the next one writes over.

    :param shared: others may write it at the same time, each beside it for itself; the last one counts.
    :param durable: it is on the disk, under its name, when the block has ended: a power cut does not take it back.
    :raises OSError: the folder is missing or not to be written, or the disk is full; `path` is as it was.
    """
    own = f".{os.getpid()}-{threading.get_ident()}" if shared else ""
    beside = path.with_name(f".{path.name}{own}.part")
    try:
        yield beside
        if durable:
            with beside.open("rb+") as stream:
                os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    if durable and os.name == "posix":
        # The content is on the disk, its new name only with the folder (fsync(2)). Windows cannot open folders.
        _folder_to_disk(path.parent)


def put(path: Path, content: str | bytes, *, shared: bool = False, durable: bool = False) -> None:
    """Bring a file to this content, text as UTF-8. See `replacing`."""
    with replacing(path, shared=shared, durable=durable) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)


def _folder_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
