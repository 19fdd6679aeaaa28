"""Which techniques does the field have, and where on the pipeline does each stand? What the field map lists.

All words stand in one data file, techniques.json: each technique belongs to a topic of the taxonomy, has a definition
of one line, the paper that it is known by, and the search that finds more. Experiments name those that they test.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from core.language import Text
from core.papers.taxonomy import topics

_FILE = Path(__file__).with_name("techniques.json")


@dataclass(frozen=True, kw_only=True)
class Technique:
    """One thing that is done to, or seen in, language models.

    :param topic, stage: of the taxonomy.
    :param definition: one line.
    :param paper: arXiv id of the paper that it is known by.
    :param query: what to type into the search box for papers on it.
    """

    id: str
    topic: str
    stage: str
    name: Text
    definition: Text
    paper: str
    query: str


@cache
def techniques() -> Mapping[str, Technique]:
    """All by id, in the order of the pipeline and its topics."""
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    order = list(topics())
    found = {
        key: Technique(
            id=key,
            topic=item["topic"],
            stage=str(topics()[item["topic"]].stage),
            name=Text(**item["name"]),
            definition=Text(**item["definition"]),
            paper=item["paper"],
            query=item["query"],
        )
        for key, item in raw.items()
    }
    return MappingProxyType(dict(sorted(found.items(), key=lambda pair: order.index(pair[1].topic))))
