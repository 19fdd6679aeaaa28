"""How does a Markdown file carry properties that Obsidian and other readers of YAML front matter understand?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.exports.escape import one_line
from core.exports.report import ListedPaper

_NOT_IN_TAG = re.compile(r"[^\w/-]+")


def front_matter(fields: Mapping[str, Any]) -> str:
    """A YAML block in the order given, with its fences; unknown fields (None, empty) are left out.

    :param fields: texts, numbers, days, and lists of texts; texts become one line each.
    """
    import yaml

    known = {name: _plain(value) for name, value in fields.items() if value is not None and value not in ("", [], ())}
    # The one in C is eight times as fast; a list may have ten thousand papers.
    writer = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body = yaml.dump(known, Dumper=writer, allow_unicode=True, sort_keys=False, width=2**20)
    return f"---\n{body}---\n"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    return [one_line(str(item)) for item in value] if isinstance(value, list | tuple) else value


def tags(listed: ListedPaper) -> list[str]:
    """Nested tags: `stage/build`, `topic/long-context`, `application/code`."""
    groups = (("stage", listed.stages), ("topic", listed.topics), ("application", listed.applications))
    return [f"{group}/{tag}" for group, values in groups for value in values if (tag := _NOT_IN_TAG.sub("-", value))]
