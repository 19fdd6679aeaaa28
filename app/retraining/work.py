"""What happens in a retraining? The tagger learns from the corrections, then the catalog is filed by it.

Each batch of papers is a transaction that says how far it came: who comes after one that was killed knows where to go
on. A person's word is never touched: the tagger's tags alone are written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlite_utils import Database

from app.tagger import CatalogTagger, standing
from core.language import Told
from db import retrainings, tags, teachings
from db.connect import transaction
from db.retrainings import Retraining

BATCH = 512  # papers between two looks at whether it was cancelled
OTHERS = 2_000  # papers that nobody corrected, to hold the tagger to

OnStep = Callable[[str], None]


class NothingToLearn(Told):
    """There is no correction to learn from. One line."""


class Outlook(NamedTuple):
    """What a retraining would learn from.

    :param corrections: all papers whose stages a person has corrected.
    :param fresh: how many of them are new or otherwise than the tagger in force has learned them, or taken back since.
    """

    corrections: int
    fresh: int


def outlook(db: Database) -> Outlook:
    """What a retraining would learn from now."""
    said = tags.corrections(db, "stage")
    held = standing(db)
    learned = held.teaching.corrections if held.teaching is not None and held.name == "personal" else {}
    return Outlook(len(said), sum(said.get(paper) != learned.get(paper) for paper in said.keys() | learned.keys()))


def ask(db: Database) -> Retraining | None:
    """Have the tagger learn from the corrections; `work` does it.

    :returns: None where it has learned from all of them already.
    :raises NothingToLearn: there is none.
    :raises db.retrainings.Busy: a retraining is under way.
    """
    found = outlook(db)
    if not found.corrections:
        raise NothingToLearn(
            "no stage is corrected yet; correct some papers, then retrain",
            "아직 단계를 바로잡은 논문이 없습니다. 몇 편을 바로잡은 뒤 다시 학습하세요",
        )
    return retrainings.ask(db) if found.fresh else None


def ask_shipped(db: Database) -> Retraining | None:
    """Have the catalog filed by the tagger as shipped again, in place of what is under way; `work` does it.

    :returns: None where it is filed so.
    """
    if standing(db).name == "shipped" and retrainings.open_one(db) is None:
        return None
    return retrainings.ask_shipped(db)


def work(db: Database, *, on_step: OnStep = lambda words: None) -> None:
    """Do what is open, to its end; the caller sees to it that nobody else does.

    :param on_step: told in a few words how far it is.
    """
    while (row := retrainings.open_one(db)) is not None:
        if row.state == "asked":
            _learn(db, row, on_step)
        else:
            _file(db, row, on_step)


def _learn(db: Database, row: Retraining, on_step: OnStep) -> None:
    """Learn from the corrections as they are now, and put that in force."""
    from core.papers.relearning import Lesson, learn  # not for the page, which only asks

    def lessons(stages: dict[str, tuple[str, ...]]) -> list[Lesson]:
        papers = teachings.texts_of(db, list(stages))
        return [Lesson(papers[paper_id], values) for paper_id, values in stages.items() if paper_id in papers]

    said = tags.corrections(db, "stage")
    others = [paper_id for paper_id in teachings.sample_ids(db, OTHERS) if paper_id not in said]
    try:
        difference, found = learn(
            lessons(said),
            lessons(teachings.curated_stages(db)),
            list(teachings.texts_of(db, others).values()),
            on_step=lambda done, of: on_step(f"learning from {len(said)} corrections: {done} of {of}"),
        )
    except ValueError as error:
        # The last correction was taken back in the meantime, or names a stage that the taxonomy no longer has.
        retrainings.fail(db, row.id, str(error))
        return
    with transaction(db):
        if not retrainings.is_open(db, row.id):
            return  # cancelled in the meantime
        teaching = teachings.add(
            db,
            base=difference.base,
            corrections=said,
            difference=difference.as_document(),
            figures=found.as_document(),
        )
        retrainings.put_in_force(db, row.id, teaching)


def _file(db: Database, row: Retraining, on_step: OnStep) -> None:
    """Read the catalog again with the tagger in force, from where it was left."""
    tagger = CatalogTagger(db)
    open_row: Retraining | None = row
    while open_row is not None:
        # Read and tagged outside the transaction: others who write wait for the writing alone.
        texts = retrainings.texts_to_file(db, open_row, BATCH)
        if not texts:
            retrainings.finish(db, row.id)
            return
        open_row = retrainings.file_again(db, row.id, texts, tagger([text.paper for text in texts]))
        if open_row is not None:
            on_step(f"filing the catalog: {open_row.done:,} of {open_row.total:,}, {open_row.changed:,} changed stage")
