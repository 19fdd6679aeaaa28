"""The evidence page: every claim, filtered by verdict and stage, with one's own result beside the recorded one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import settings
from core.registry import discover
from db.connect import open_catalog
from tests.app.ended_runs import ended, induction
from tests.pages.opening import opened, words

CLAIMS = [claim for item in discover("core.experiments", "EXPERIMENT").values() for claim in item.claims]


def add_run() -> str:
    db = open_catalog(settings().catalog)
    run = ended(db, settings(), induction())
    db.close()
    return run.id


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_claim_stands_there(starter: None, language: str) -> None:
    said = words(opened("evidence", language))
    for claim in CLAIMS:
        assert claim.sentence.to(language) in said


def test_ones_own_result_stands_beside_the_recorded_one(starter: None) -> None:
    add_run()
    said = words(opened("evidence", verdict="supported"))
    assert "yours: 0.48 [" in said and "n = 5" in said


def test_the_filter_stands_in_the_address(starter: None) -> None:
    app = opened("evidence", stage="adapt")
    said = words(app)
    for claim in CLAIMS:
        is_there = claim.sentence.en in said
        stage = next(item.stage for item in discover("core.experiments", "EXPERIMENT").values() if claim in item.claims)
        assert is_there == (stage == "adapt")


def test_as_a_table_there_is_a_row_a_result(starter: None) -> None:
    add_run()
    app = opened("evidence")
    app.toggle(key="evidence-table").set_value(True).run()
    assert not app.exception
    table = app.dataframe[0].value
    assert {"yours", "recorded"} <= set(table["from"])
    assert len(table) >= len(CLAIMS)


def test_a_hostile_address_is_no_filter(home: Path) -> None:
    app = opened("evidence", stage="<script>", verdict="'; DROP TABLE runs")
    assert not app.exception
    assert all(claim.sentence.en in words(app) for claim in CLAIMS)
