"""How does a paper travel as plain JSON? Field by field; what is unknown is left out.

Records that travel are merged ones, which have no `history`; where there is one, it stays behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from core.papers.paper import Link, Paper

_MOMENTS = ("submitted", "updated")
_DAYS = ("announced", "listed")
_LISTS = ("authors", "categories", "keywords", "stages", "topics", "applications")
_STAYS = "history"


def paper_to_record(paper: Paper) -> dict[str, Any]:
    """A JSON object with the fields that are known; times and days in ISO 8601."""
    record = {name: value for name, value in asdict(paper).items() if value not in (None, ()) and name != _STAYS}
    for name in (*_MOMENTS, *_DAYS):
        if name in record:
            record[name] = record[name].isoformat()
    for name in (*_LISTS, "links"):
        if name in record:
            record[name] = list(record[name])
    return record


def paper_from_record(record: Mapping[str, Any]) -> Paper:
    """The paper that `paper_to_record` wrote down; unknown keys are ignored.

    :raises ValueError: a time or a day is not in ISO 8601.
    """
    known = {item.name for item in fields(Paper)} - {_STAYS}
    values = {name: value for name, value in record.items() if name in known}
    for name in _MOMENTS:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in _DAYS:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    for name in _LISTS:
        if name in values:
            values[name] = tuple(values[name])
    if "links" in values:
        values["links"] = tuple(Link(kind=link["kind"], url=link["url"]) for link in values["links"])
    return Paper(**values)
