"""Which plug-ins are there? One file adds one thing: every module of a package that carries the attribute is found."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType
from typing import Any


class DuplicateId(ValueError):
    """Two plug-in files claim the same id."""


@cache
def discover(package: str, attribute: str) -> MappingProxyType[str, Any]:
    """Import the modules under `package` and collect their `attribute` objects by id, sorted by id.

    A plug-in file must stay light to import: heavy libraries belong inside its functions.

    :param package: dotted name, for example `core.experiments`; sub-packages are searched too.
    :param attribute: the module-level name of the plug-in object, for example `EXPERIMENT`.
    :returns: read-only mapping of id to object.
    :raises DuplicateId: two files carry the same id.
    :raises ValueError: an id is not the file's name with `-` for `_`.
    """
    root = importlib.import_module(package)
    found: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for info in pkgutil.walk_packages(root.__path__, prefix=package + "."):
        module = importlib.import_module(info.name)
        plugin = getattr(module, attribute, None)
        if plugin is None:
            continue
        expected = info.name.rpartition(".")[2].replace("_", "-")
        if plugin.id != expected:
            raise ValueError(f"{info.name}: id {plugin.id!r} should be {expected!r}, the file's name")
        if plugin.id in found:
            raise DuplicateId(f"id {plugin.id!r} is claimed by {origin[plugin.id]} and {info.name}")
        found[plugin.id] = plugin
        origin[plugin.id] = info.name
    return MappingProxyType(dict(sorted(found.items())))
