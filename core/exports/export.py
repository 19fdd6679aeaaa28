"""What is an export format? A file in this package that carries `EXPORT`: it turns a report into bytes.

The same report and language give the same bytes: a format reads no clock, no disk and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from core.exports.report import Report
from core.language import Text
from core.papers.trends import Period
from core.registry import discover

Kind = Literal["summary", "papers", "notebook"]


@dataclass(frozen=True, kw_only=True)
class Export:
    """The contract.

    :param id: the file's name with `-`.
    :param suffix: of a file that holds it, with its dot.
    :param kind: which part of the report it tells.
    :param title: its name for people.
    :param render: report and language (`en` or `ko`) to the whole file.
    """

    id: str
    suffix: str
    mime: str
    kind: Kind
    title: Text
    render: Callable[[Report, str], bytes]

    def filename(self, period: Period) -> str:
        """A name for the file, of letters that every file system takes."""
        return f"trendlab-{self.kind}-{period.start}-{period.end}{self.suffix}"


def exports(kind: Kind | None = None) -> Mapping[str, Export]:
    """The formats by id, or those of one kind."""
    found: Mapping[str, Export] = discover("core.exports", "EXPORT")
    return MappingProxyType({key: export for key, export in found.items() if kind in (None, export.kind)})
