"""How are files kept in a folder that other programs read? Whole or not at all, and untouched where nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from core.language import Told
from core.replacing import put


class CannotWrite(Told, OSError):
    """A folder or file cannot be written. One line: which, why, how to mend it."""


@contextmanager
def writing(home: Path, folder: Path) -> Iterator[None]:
    """One process of this home at a time writes digests and feeds; the folder is made where it is missing.

    :raises CannotWrite: the folder cannot be made, or one of its files cannot be read, written or removed.
    """
    lock = home / "locks" / "digests.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield
        except CannotWrite:
            raise
        except OSError as error:
            why = error.strerror or str(error)
            raise CannotWrite(
                f"{error.filename or folder}: {why}; make the folder writable or choose another one",
                f"{error.filename or folder}: {why}. 폴더에 쓰기 권한을 주거나 다른 폴더를 고르세요",
            ) from error


def keep(path: Path, content: bytes) -> bool:
    """Bring a file to this content, and say whether it was different."""
    if path.is_file() and path.read_bytes() == content:
        return False
    put(path, content, durable=True)
    return True
