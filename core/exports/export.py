"""What is an export format? A file in this package that carries `EXPORT`: it turns a report into bytes.

The same report and language give the same bytes: a format reads no clock, no disk and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from core.exports.report import Report
from core.language import LANGUAGES, Text
from core.papers.trends import Period
from core.registry import discover

Kind = Literal["summary", "papers", "notebook", "evidence"]
KINDS: Mapping[Kind, Text] = MappingProxyType(
    {
        "summary": Text("Trend summary", "동향 요약"),
        "papers": Text("Papers", "논문 목록"),
        "notebook": Text("Notebook", "연구 노트"),
        "evidence": Text("Evidence", "근거"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Export:
    """The contract.

    :param id: the file's name with `-`.
    :param suffix: of a file that holds it, with its dot.
    :param kind: which part of the report it tells.
    :param name: of the format alone, as people call it.
    :param help: what it is good for, in a sentence.
    :param render: report and language (`en` or `ko`) to the whole file.
    """

    id: str
    suffix: str
    mime: str
    kind: Kind
    name: Text
    help: Text
    render: Callable[[Report, str], bytes]

    @property
    def title(self) -> Text:
        """What it tells, and in which format."""
        return Text(*(f"{KINDS[self.kind].to(language)} ({self.name.to(language)})" for language in LANGUAGES))

    def filename(self, period: Period) -> str:
        """A name for the file, of letters that every file system takes."""
        return f"trendlab-{self.kind}-{period.start}-{period.end}{self.suffix}"


def exports(kind: Kind | None = None) -> Mapping[str, Export]:
    """The formats by id, or those of one kind."""
    found: Mapping[str, Export] = discover("core.exports", "EXPORT")
    return MappingProxyType({key: export for key, export in found.items() if kind in (None, export.kind)})
