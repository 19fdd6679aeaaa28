"""What does a page tell the router? A file in pages/ carries `PAGE`; adding a file adds a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.language import Text

Section = Literal["read", "pipeline", "lab", "tell"]
SECTIONS: dict[Section, Text] = {
    "read": Text("Read", "읽기"),
    "pipeline": Text("Pipeline", "파이프라인"),
    "lab": Text("Lab", "실험실"),
    "tell": Text("Tell", "알리기"),
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the app.

    :param id: the file's name with `-`; also its address.
    :param order: its place within the section, ascending.
    :param icon: a Material symbol, `:material/…:`.
    :param render: draws the page.
    :param listed: whether it stands in the navigation; a paper's page is reached from papers only.
    """

    id: str
    title: Text
    icon: str
    section: Section
    order: int
    render: Callable[[], None]
    listed: bool = True
