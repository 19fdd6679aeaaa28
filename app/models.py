"""Which models does this home know: those of the house, the cache and the hub, and the folders a person named?"""

from __future__ import annotations

import json
from pathlib import Path

from sqlite_utils import Database

from app import downloads
from core.gpt.loading import registry
from core.gpt.loading.registry import Entry
from core.gpt.loading.weight_files import BadCheckpoint, expanded
from db.settings import read_setting, write_setting

_FOLDERS = "model_folders"
_GIGABYTE, _MEGABYTE = 1_000_000_000, 1_000_000


class NoSuchFolder(ValueError):
    """A folder that nobody added; one line."""


def listing(db: Database, home: Path) -> list[Entry]:
    """All of them; see `core.gpt.loading.registry.models`."""
    return registry.models(folders(db), downloads.offers(home))


def folders(db: Database) -> list[Path]:
    """The folders that a person named, in the order in which they came."""
    return [Path(path) for path in json.loads(read_setting(db, _FOLDERS) or "[]")]


def add_folder(db: Database, folder: Path) -> Entry:
    """Keep a folder among the models.

    :raises core.gpt.loading.weight_files.BadCheckpoint: the core cannot load it.
    """
    folder = expanded(folder).absolute()
    found = registry.describe(folder)
    keep_folder(db, folder)
    return found


def remove_folder(db: Database, folder: Path) -> None:
    """Forget a folder; its files stay as they are.

    :raises NoSuchFolder: it is not among the models.
    """
    try:
        folder = expanded(folder).absolute()
    except BadCheckpoint as error:
        raise NoSuchFolder(str(error)) from error
    known = folders(db)
    if folder not in known:
        there = ", ".join(map(str, known)) or "none"
        raise NoSuchFolder(f"{folder} is not among the folders that were added: {there}")
    _write(db, [path for path in known if path != folder])


def keep_folder(db: Database, folder: Path) -> None:
    """Have a folder among the models, once and last, whatever is in it."""
    _write(db, [*(known for known in folders(db) if known != folder), folder])


def _write(db: Database, found: list[Path]) -> None:
    write_setting(db, _FOLDERS, json.dumps([str(path) for path in found]))


def size(count: int) -> str:
    """Bytes as one reads them: `548.1 MB`, `1.24 GB`."""
    return f"{count / _GIGABYTE:.2f} GB" if count >= _GIGABYTE else f"{count / _MEGABYTE:.1f} MB"
