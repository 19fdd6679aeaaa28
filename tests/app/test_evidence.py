"""The evidence of a claim: what is recorded, and the newest own result of each world."""

from __future__ import annotations

from sqlite_utils import Database

from app import evidence
from app.running.execution import Places
from core.papers.taxonomy import stages
from core.reference import recorded
from core.registry import discover
from tests.app.ended_runs import CLAIM, EXPERIMENT, ended, induction


def test_every_claim_is_there_in_the_order_of_the_pipeline(catalog: Database) -> None:
    found = evidence.gather(catalog)
    claims = {
        (item.id, claim.id) for item in discover("core.experiments", "EXPERIMENT").values() for claim in item.claims
    }
    assert {(item.experiment, item.claim) for item in found} == claims
    order = [list(stages()).index(item.stage) for item in found]
    assert order == sorted(order)


def test_recorded_results_are_told_with_their_world(catalog: Database) -> None:
    found = {(item.experiment, item.claim): item for item in evidence.gather(catalog)}
    for item in recorded(EXPERIMENT):
        for verdict in item.verdicts:
            told = found[EXPERIMENT, verdict.claim].found(null=item.null)
            assert [result.verdict for result in told if result.at == item.date] == [verdict]


def test_the_newest_own_result_comes_first_and_null_worlds_are_kept_apart(catalog: Database, places: Places) -> None:
    ended(catalog, places, induction((0.1, 0.1, 0.11, 0.1, 0.1)))
    newest = ended(catalog, places, induction(), seed=1)
    null = ended(catalog, places, induction((0.02, 0.03, 0.02, 0.03, 0.02), null=True), null=True)
    (found,) = [
        item
        for item in evidence.of_experiment(catalog, discover("core.experiments", "EXPERIMENT")[EXPERIMENT])
        if item.claim == CLAIM
    ]
    real = [result for result in found.found() if result.origin == "own"]
    assert [(result.run, result.verdict.outcome) for result in real] == [(newest.id, "supported")]
    assert found.found()[0] == real[0]
    off = [result for result in found.found(null=True) if result.origin == "own"]
    assert [(result.run, result.verdict.outcome) for result in off] == [(null.id, "not supported")]
