"""Where do units and runs find what another one already made? In one folder a recipe, named by the recipe's hash."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

RECIPE_FILE = "recipe.json"


def recipe_key(recipe: Mapping[str, Any]) -> str:
    """The name of what `recipe` makes: 16 hex digits of the SHA-256 of its JSON, whatever the order of its keys.

    :raises ValueError: the recipe holds something that JSON does not have.
    """
    return hashlib.sha256(_canonical(recipe).encode()).hexdigest()[:16]


def _canonical(recipe: Mapping[str, Any]) -> str:
    try:
        return json.dumps(recipe, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a recipe must be plain JSON, so that its hash names it: {error}") from error


class FolderCache:
    """The `Cache` of core.experiment on a folder; several processes may ask for one checkpoint at the same time."""

    def __init__(self, root: Path) -> None:
        """
        :param root: the folder that holds one folder a checkpoint; made where it is missing.
        """
        self._root = root

    def checkpoint(self, recipe: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
        """The folder of the checkpoint made by `recipe`; `make(folder)` fills it once, in a folder that exists.

        Who comes second waits for the first. A `make` that fails leaves nothing behind.
        """
        key = recipe_key(recipe)
        made = self._root / key
        if made.exists():
            return made
        self._root.mkdir(parents=True, exist_ok=True)
        with FileLock(self._root / f"{key}.lock"):
            if not made.exists():
                self._make(made, recipe, make)
        return made

    def _make(self, made: Path, recipe: Mapping[str, Any], make: Callable[[Path], None]) -> None:
        # A folder under its final name is complete: it gets that name only when everything is in it.
        part = made.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            make(part)
            (part / RECIPE_FILE).write_text(_canonical(recipe) + "\n", encoding="utf-8")
            part.rename(made)
        finally:
            shutil.rmtree(part, ignore_errors=True)
