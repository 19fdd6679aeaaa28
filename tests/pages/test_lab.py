"""The card of an experiment: one is open, a run's parameters can be taken over, and results wait for a prediction."""

from __future__ import annotations

import pytest

from app.settings import settings
from core.registry import discover
from db import predictions, runs
from db.connect import open_catalog
from db.settings import write_setting
from tests.app.ended_runs import ended, induction
from tests.pages.opening import opened, words

BUILD = [item for item in discover("core.experiments", "EXPERIMENT").values() if item.stage == "build"]
MAPS = next(item for item in BUILD if item.id == "attention-maps")


@pytest.fixture
def run_id(starter: None) -> str:
    db = open_catalog(settings().catalog)
    run = ended(db, settings(), induction(), params={"length": 16}, seed=7)
    db.close()
    return run.id


def test_one_card_is_open_and_the_others_are_a_line(starter: None) -> None:
    app = opened("build", experiment="quantized-speed")
    assert not app.exception
    said = words(app)
    for item in BUILD:
        assert item.title.en in said
        assert (item.how.en in said) == (item.id == "quantized-speed")
    app.button(key="open-attention-maps").click().run()
    assert MAPS.how.en in words(app)


def test_an_experiment_that_is_not_there_opens_the_one_that_was_run_last(run_id: str) -> None:
    assert MAPS.how.en in words(opened("build", experiment="<script>"))


def test_the_form_begins_with_the_parameters_of_the_run_that_is_to_be_changed(run_id: str) -> None:
    app = opened("build", experiment="attention-maps", **{"from": run_id})
    assert not app.exception
    values = {widget.label: widget.value for widget in app.number_input}
    assert values["Length of the repeated piece"] == 16
    assert values["Seed"] == 7


def test_the_card_leads_to_the_papers_on_its_topics(starter: None) -> None:
    app = opened("build", experiment="attention-maps")
    links = [element.proto.label for element in app.get("page_link")]
    assert any(label.startswith("Attention") and "paper" in label for label in links)


def test_results_stay_covered_until_something_was_predicted(run_id: str) -> None:
    db = open_catalog(settings().catalog)
    write_setting(db, "predict-first", "yes")
    app = opened("build", experiment="attention-maps")
    said = words(app)
    assert "Covered: say first what you expect" in said
    assert "yours: " not in said and "recorded: " not in said
    button = app.button(key="run-attention-maps")
    assert button.disabled
    for claim in MAPS.claims:
        app.segmented_control(key=f"predict-attention-maps-{claim.id}").set_value("supported").run()
    app.button(key="run-attention-maps").click().run()
    newest = runs.find(db, limit=1)[0]
    assert predictions.of_run(db, newest.id) == {claim.id: "supported" for claim in MAPS.claims}
    db.close()


def test_what_was_predicted_is_told_beside_what_came_out(run_id: str) -> None:
    db = open_catalog(settings().catalog)
    write_setting(db, "predict-first", "yes")
    predictions.keep(db, run_id, {"induction": "not supported"}, at=runs.get(db, run_id).created)
    db.close()
    said = words(opened("build", experiment="attention-maps"))
    assert "You expected: not supported. It came otherwise." in said
    assert "0 of 1 predictions came true." in said
    assert "Covered" not in said
