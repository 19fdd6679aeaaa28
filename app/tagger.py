"""Who files the papers that come in? The tagger as shipped, or as this catalog's reader has retrained it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlite_utils import Database

from core.papers.lens.personal import PersonalModel, difference_of, shipped_base
from core.papers.lens.stage_model import stage_model
from core.papers.paper import Paper
from core.papers.tagging import tag_papers
from core.papers.tags import Tagging
from db import retrainings, teachings
from db.teachings import Teaching


class Standing(NamedTuple):
    """Which tagger is in force.

    :param name: `shipped`, `personal`, or `set aside`: retrained, but on another shipped tagger than there is now.
    :param teaching: what it was taught; None for the tagger as shipped.
    """

    name: Literal["shipped", "personal", "set aside"]
    teaching: Teaching | None


def standing(db: Database) -> Standing:
    """Which tagger is in force in this catalog."""
    row = retrainings.in_force(db)
    if row is None or row.teaching is None:
        return Standing("shipped", None)
    teaching = teachings.get(db, row.teaching)
    return Standing("personal" if teaching.base == shipped_base() else "set aside", teaching)


class CatalogTagger:
    """Tags papers as this catalog's reader wants it.

    Which tagger is in force is looked up for each handful of papers, within the transaction that stores them: a
    retraining takes hold of a sync that has been going on for an hour.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._teaching: int | None = None
        self._model: PersonalModel | None = None

    def __call__(self, papers: Sequence[Paper]) -> list[Tagging]:
        """The tags of each paper, in the order of `papers`."""
        row = retrainings.in_force(self._db)
        teaching = None if row is None else row.teaching
        if teaching != self._teaching:
            name, taught = standing(self._db)
            self._model = None
            if name == "personal" and taught is not None:
                self._model = PersonalModel(stage_model(), difference_of(taught.difference))
            self._teaching = teaching
        return tag_papers(papers, self._model)
