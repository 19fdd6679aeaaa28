"""What was a paper filed under, how sure is that, and which phrases caused it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TagKind = Literal["stage", "topic", "application"]
TagOrigin = Literal["tagger", "person", "model", "curated"]


@dataclass(frozen=True)
class Evidence:
    """A phrase that spoke for a tag.

    :param phrase: as it stands in the text.
    :param where: title, abstract, keywords or category.
    :param weight: what it added to the tag's score; negative where it spoke against.
    """

    phrase: str
    where: Literal["title", "abstract", "keywords", "category"]
    weight: float


@dataclass(frozen=True, kw_only=True)
class Tag:
    """One tag. `confidence` runs from 0 to 1; a person's correction has 1."""

    kind: TagKind
    value: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    origin: TagOrigin = "tagger"


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """All that the tagger says of one paper.

    :param tags: those that hold, most confident first within a kind.
    :param confidence: a number from 0 to 1 for every stage, held or not.
    """

    tags: tuple[Tag, ...]
    confidence: dict[str, float]

    def values(self, kind: TagKind) -> tuple[str, ...]:
        """The tags of one kind, most confident first."""
        return tuple(tag.value for tag in self.tags if tag.kind == kind)
