"""Which stages, topics and applications can a paper be filed under, and in which colour is each shown?

All words and colours stand in one data file, taxonomy.json. The four stage colours keep a CIE76 difference of at least
28 from each other under normal vision and simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009), and
text in them has a WCAG AA contrast (4.5:1) on the light and the dark theme's backgrounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.language import Text
from core.papers.tags import TagKind

_FILE = Path(__file__).with_name("taxonomy.json")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing a paper can be filed under.

    :param definition: one line.
    :param stage: the stage it belongs to (its own id for a stage); None for an application, which crosses the stages.
    :param light, dark: its colour (`#rrggbb`) on the light and on the dark theme; a topic has its stage's.
    """

    id: str
    kind: TagKind
    name: Text
    definition: Text
    stage: str | None
    light: str
    dark: str


@cache
def _entries() -> Mapping[TagKind, Mapping[str, Entry]]:
    raw: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))

    def entry(kind: TagKind, key: str, item: dict[str, Any]) -> Entry:
        stage = key if kind == "stage" else item.get("stage")
        colours = raw["neutral"] if stage is None else raw["stages"][stage]
        return Entry(
            id=key,
            kind=kind,
            name=Text(**item["name"]),
            definition=Text(**item["definition"]),
            stage=stage,
            light=colours["light"],
            dark=colours["dark"],
        )

    kinds: dict[TagKind, str] = {"stage": "stages", "topic": "topics", "application": "applications"}
    return MappingProxyType(
        {
            kind: MappingProxyType({key: entry(kind, key, item) for key, item in raw[group].items()})
            for kind, group in kinds.items()
        }
    )


def stages() -> Mapping[str, Entry]:
    """The four stages by id, in the order of the pipeline."""
    return _entries()["stage"]


def topics(stage: str | None = None) -> Mapping[str, Entry]:
    """The topics by id in the order of the pipeline, or those of one stage.

    :raises ValueError: there is no such stage.
    """
    if stage is None:
        return _entries()["topic"]
    if stage not in stages():
        raise ValueError(f"unknown stage {stage!r}; there are: {', '.join(stages())}")
    return MappingProxyType({key: entry for key, entry in _entries()["topic"].items() if entry.stage == stage})


def applications() -> Mapping[str, Entry]:
    """The applications by id."""
    return _entries()["application"]


def entry(kind: TagKind, key: str) -> Entry:
    """The entry of one tag.

    :raises ValueError: the taxonomy has no such tag; the message lists those of the kind.
    """
    try:
        return _entries()[kind][key]
    except KeyError:
        known = ", ".join(_entries().get(kind, {})) or ", ".join(_entries())
        raise ValueError(f"the taxonomy has no {kind} {key!r}; there are: {known}") from None
