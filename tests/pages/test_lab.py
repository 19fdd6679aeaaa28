"""The card of an experiment: one is open, a run's parameters can be taken over, and results wait for a prediction."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import jobs
from app.settings import settings
from app.ui import source_code
from core.experiment import Experiment
from core.reference import recorded
from core.registry import discover
from db import predictions, runs
from db.connect import open_catalog, transaction
from db.settings import write_setting
from tests.app.ended_runs import ended, induction
from tests.pages.opening import opened, raw, words

ROOT = Path(__file__).resolve().parents[2]
BUILD = [item for item in discover("core.experiments", "EXPERIMENT").values() if item.stage == "build"]
MAPS = next(item for item in BUILD if item.id == "attention-maps")


@pytest.fixture
def run_id(starter: None) -> str:
    db = open_catalog(settings().catalog)
    run = ended(db, settings(), induction(), params={"length": 16}, seed=7)
    db.close()
    return run.id


def titles(app: AppTest) -> set[str]:
    """Of the experiments that are a line."""
    return {button.label for button in app.button if (button.key or "").startswith("open-")}


def test_one_card_is_open_and_the_others_are_a_line(starter: None) -> None:
    app = opened("build", experiment="quantized-speed")
    assert not app.exception
    assert titles(app) == {item.title.en for item in BUILD if item.id != "quantized-speed"}
    for item in BUILD:
        assert item.question.en in words(app)
        assert (item.claims[0].contrast_text.en in words(app)) == (item.id == "quantized-speed")
    app.button(key="open-attention-maps").click().run()
    assert app.query_params["experiment"] == "attention-maps"
    assert MAPS.claims[0].contrast_text.en in words(app) and MAPS.title.en not in titles(app)
    app.button(key="close-attention-maps").click().run()
    assert "experiment" not in app.query_params
    assert titles(app) == {item.title.en for item in BUILD}


def test_an_experiment_that_is_not_there_opens_none(run_id: str) -> None:
    app = opened("build", experiment="<script>")
    assert not app.exception and titles(app) == {item.title.en for item in BUILD}


def test_what_runs_just_now_is_open(starter: None) -> None:
    db = open_catalog(settings().catalog)
    jobs.submit(db, settings(), "attention-maps", enqueue=False)
    db.close()
    app = opened("build")
    assert MAPS.title.en not in titles(app)
    app.button(key="close-attention-maps").click().run()
    assert MAPS.title.en in titles(app), "who closes it sees the others while it runs"


def test_what_ran_stays_open_when_it_has_ended(starter: None) -> None:
    db = open_catalog(settings().catalog)
    run = jobs.submit(db, settings(), "attention-maps", enqueue=False)
    app = opened("build")
    jobs.cancel(db, settings(), run.id)
    db.close()
    assert MAPS.title.en not in titles(app.run())


@pytest.mark.parametrize("known", [True, False])
def test_a_run_is_done_again_with_its_parameters_or_says_which_are_none_any_more(run_id: str, known: bool) -> None:
    if not known:
        db = open_catalog(settings().catalog)
        with transaction(db):
            db.conn.execute("UPDATE runs SET params = json_set(params, '$.gone', 1)")
        db.close()
    app = opened("runs", run=run_id)
    app = app.button(key=f"again-runs-{run_id}").click().run()
    assert not app.exception
    db = open_catalog(settings().catalog)
    found = runs.find(db, experiment="attention-maps")
    db.close()
    if known:
        newest = max(found, key=lambda run: run.created)
        assert (len(found), newest.params["length"], newest.seed) == (2, 16, 7)
    else:
        assert len(found) == 1 and "unknown parameter 'gone'" in str(app.error[0].value).replace("\\", "")


def test_a_line_tells_how_the_claims_stand_in_ones_own_run_and_as_recorded(run_id: str) -> None:
    said = raw(opened("build"))
    assert ":small[yours] :green-badge[:material/check_circle: supported]" in said
    for item in BUILD:
        real = next((one for one in recorded(item.id) if one.preset == "standard" and not one.null), None)
        for outcome, n in Counter(verdict.outcome for verdict in real.verdicts).items() if real else ():
            assert outcome in said and (n == 1 or f"{n} × {outcome}" in said)


def test_a_line_can_be_run_at_once_and_then_is_open(starter: None) -> None:
    app = opened("build").button(key="start-attention-maps").click().run()
    assert not app.exception
    db = open_catalog(settings().catalog)
    (run,) = runs.find(db)
    db.close()
    assert (run.experiment, run.preset, run.seed, run.null) == ("attention-maps", "quick", 0, False)
    assert app.query_params["experiment"] == "attention-maps" and MAPS.title.en not in titles(app)


def test_who_predicts_first_says_so_before_a_line_is_run(starter: None) -> None:
    db = open_catalog(settings().catalog)
    write_setting(db, "predict-first", "yes")
    app = opened("build")
    assert "recorded" not in raw(app) and ":small[covered]" in raw(app)
    app = app.button(key="start-attention-maps").click().run()
    assert app.query_params["experiment"] == "attention-maps" and not runs.find(db)
    db.close()


def test_the_sides_of_a_card_stand_in_the_address(starter: None) -> None:
    assert MAPS.how.en in words(opened("build", experiment="attention-maps", view="how"))
    app = opened("build", experiment="attention-maps", view="source")
    (code,) = app.code
    own = ROOT / "core/experiments/build/attention_maps.py"
    assert code.value == own.read_text(encoding="utf-8").strip()
    assert f"{own.read_text(encoding='utf-8').count(chr(10))} lines" in words(app)
    app.selectbox(key="source-attention-maps").set_value("core/claim.py").run()
    assert app.code[0].value == (ROOT / "core/claim.py").read_text(encoding="utf-8").strip()
    hostile = opened("build", experiment="attention-maps", view="../../etc/passwd")
    assert not hostile.exception and not hostile.code and "view" not in hostile.query_params


def test_a_run_of_long_ago_stands_on_a_side_of_its_own(run_id: str) -> None:
    assert "Your newest run" not in [tab.label for tab in opened("build", experiment="attention-maps").tabs]
    db = open_catalog(settings().catalog)
    db.conn.execute("UPDATE runs SET created = ?", (datetime(2026, 1, 1, tzinfo=UTC).isoformat(),))
    db.conn.commit()
    db.close()
    app = opened("build", experiment="attention-maps")
    assert [tab.label for tab in app.tabs][-1] == "Your newest run" and run_id not in words(app)
    assert run_id in words(opened("build", experiment="attention-maps", view="run"))


@pytest.mark.parametrize("experiment", discover("core.experiments", "EXPERIMENT").values(), ids=lambda item: item.id)
def test_the_source_of_every_experiment_is_found(experiment: Experiment) -> None:
    own, *imported = source_code.files(experiment)
    assert own.stem == experiment.id.replace("-", "_") and f"class {type(experiment).__name__}" in own.read_text()
    assert ROOT / "core/claim.py" in imported and len(set(imported)) == len(imported)
    assert all(path.is_relative_to(ROOT / "core") and path.is_file() for path in imported)


def test_the_form_begins_with_the_parameters_of_the_run_that_is_to_be_changed(run_id: str) -> None:
    app = opened("build", experiment="attention-maps", **{"from": run_id})
    assert not app.exception
    values = {widget.label: widget.value for widget in app.number_input}
    assert values["Length of the repeated piece"] == 16
    assert values["Seed"] == 7


def test_the_card_leads_to_the_papers_on_its_topics(starter: None) -> None:
    app = opened("build", experiment="attention-maps", view="how")
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
