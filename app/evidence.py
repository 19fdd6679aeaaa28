"""What is known here of every claim? The project's recorded results, and the newest of one's own."""

from __future__ import annotations

from sqlite_utils import Database

from core.experiment import Experiment
from core.exports.report import Evidence, Result
from core.papers.taxonomy import stages
from core.reference import recorded
from core.registry import discover
from db import runs


def gather(db: Database) -> tuple[Evidence, ...]:
    """Every claim of every experiment, in the order of the pipeline."""
    order = list(stages())
    found: list[Experiment] = list(discover("core.experiments", "EXPERIMENT").values())
    found.sort(key=lambda item: (order.index(item.stage), item.id))
    return tuple(claim for item in found for claim in of_experiment(db, item))


def of_experiment(db: Database, experiment: Experiment) -> tuple[Evidence, ...]:
    """The claims of one experiment, in its own order."""
    results = [*_own(db, experiment.id), *_recorded(experiment.id)]
    return tuple(
        Evidence(
            stage=experiment.stage,
            experiment=experiment.id,
            title=experiment.title,
            claim=claim.id,
            sentence=claim.sentence,
            paper=claim.paper,
            reported=claim.reported.number,
            checked=claim.reported.checked,
            margin=claim.margin,
            unit=claim.unit,
            results=tuple(result for result in results if result.verdict.claim == claim.id),
        )
        for claim in experiment.claims
    )


def _own(db: Database, experiment_id: str) -> list[Result]:
    """The verdicts of the newest run that was decided, in the real world and in the null world."""
    found = []
    for null in (False, True):
        run, verdicts = runs.latest_verdicts(db, null=null, experiment=experiment_id).get(experiment_id, (None, []))
        if run is not None:
            at = run.finished or run.created
            found += [
                Result(origin="own", preset=run.preset or "", at=at, verdict=verdict, run=run.id)
                for verdict in verdicts
            ]
    return found


def _recorded(experiment_id: str) -> list[Result]:
    return [
        Result(origin="recorded", preset=item.preset, at=item.date, verdict=verdict)
        for item in recorded(experiment_id)
        for verdict in item.verdicts
    ]
