"""Recorded results: written from a finished run's folder, read back whole, refused where they would mislead."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from core.claim import Measures
from core.decision import decide
from core.events import Event, Measure, Skip, Status, to_line
from core.params import make_params
from core.reference import CannotRecord, found_rates, record_run, recorded
from core.registry import discover

EXPERIMENT = discover("core.experiments", "EXPERIMENT")["attention-maps"]
CLAIM = EXPERIMENT.claims[0]
SCORES = (0.51, 0.49, 0.52, 0.5, 0.48)


def events(*, null: bool = False) -> list[tuple[Event, str | None]]:
    """What a small finished run says."""
    started = {
        "at": "2026-03-01T10:00:00+00:00",
        "versions": {"torch": "2.13.0"},
        "commit": "abc",
        "device_asked": "auto",
    }
    said: list[tuple[Event, str | None]] = [(Status(state="started", details=started), None)]
    for number, score in enumerate(SCORES):
        for arm, value in (("repeated", score), ("shuffled", 0.02)):
            unit_of_measure = "attention"
            measure = Measure(
                name="induction", arm=arm, value=value, unit_of_measure=unit_of_measure, replicate=number, exact=True
            )
            said.append((measure, f"replicate-{number}"))
    said.append((Skip(arm="prose", reason={"en": "no prose here", "ko": "산문 없음"}), "replicate-0"))
    measures = [Measures({("induction", "repeated"): score, ("induction", "shuffled"): 0.02}) for score in SCORES]
    said.append((replace(decide(CLAIM, measures, null=null), device="cpu (Some CPU, 2 cores)"), None))
    details = {"device": "cpu (Some CPU, 2 cores)", "seconds": 12.5, "peak_mib": 700.0}
    said.append((Status(state="finished", details=details), None))
    return said


def make_folder(
    folder: Path,
    said: list[tuple[Event, str | None]],
    *,
    null: bool = False,
    preset: str = "quick",
    **changed: Any,
) -> Path:
    folder.mkdir()
    params = asdict(make_params(EXPERIMENT.params, {**EXPERIMENT.presets[preset], **changed}))
    run = {
        "v": 1,
        "run": "r",
        "experiment": EXPERIMENT.id,
        "params": params,
        "preset": preset,
        "seed": 3,
        "null": null,
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    lines = [to_line(event, run="r", unit=unit, t=1.0) + "\n" for event, unit in said]
    (folder / "events.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def test_a_finished_run_is_kept_and_read_back(tmp_path: Path, kept: Path) -> None:
    path = record_run(make_folder(tmp_path / "run", events()), folder=kept)
    assert path.name == "attention-maps.quick.cpu.json"
    (result,) = recorded("attention-maps", folder=kept)
    assert (result.preset, result.seed, result.null, result.seconds, result.peak_mib) == (
        "quick",
        3,
        False,
        12.5,
        700.0,
    )
    assert (result.device, result.device_name) == ("cpu", "cpu (Some CPU, 2 cores)")
    assert (result.commit, result.versions, result.date.year) == ("abc", {"torch": "2.13.0"}, 2026)
    assert result.skipped == {"prose": "no prose here"}
    (verdict,) = result.verdicts
    assert (verdict.claim, verdict.outcome, verdict.n) == ("induction", "supported", 5)


def test_measures_are_summarised_over_the_replicates(tmp_path: Path, kept: Path) -> None:
    record_run(make_folder(tmp_path / "run", events()), folder=kept)
    summary = next(item for item in recorded("attention-maps", folder=kept)[0].measures if item.arm == "repeated")
    assert summary.values == SCORES
    assert (summary.n, summary.exact, summary.unit_of_measure) == (5, True, "attention")
    assert summary.mean == pytest.approx(0.5)
    assert summary.low is not None and summary.high is not None
    assert 0.47 < summary.low < 0.5 < summary.high < 0.53


def test_the_null_world_is_kept_beside_the_real_one(tmp_path: Path, kept: Path) -> None:
    record_run(make_folder(tmp_path / "real", events()), folder=kept)
    record_run(make_folder(tmp_path / "null", events(null=True), null=True), folder=kept)
    assert [item.null for item in recorded("attention-maps", folder=kept)] == [False, True]


def test_a_second_run_replaces_the_first(tmp_path: Path, kept: Path) -> None:
    record_run(make_folder(tmp_path / "one", events()), folder=kept)
    record_run(make_folder(tmp_path / "two", events()), folder=kept)
    assert len(recorded("attention-maps", folder=kept)) == 1


def test_another_experiment_has_its_own_results(tmp_path: Path, kept: Path) -> None:
    record_run(make_folder(tmp_path / "run", events()), folder=kept)
    assert recorded("attention", folder=kept) == []


def test_an_unfinished_run_is_refused(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(CannotRecord, match="finished run"):
        record_run(make_folder(tmp_path / "run", events()[:-1]), folder=kept)
    with pytest.raises(CannotRecord, match="not the folder"):
        record_run(tmp_path / "nowhere", folder=kept)
    assert list(kept.iterdir()) == []


def test_a_run_with_a_failed_part_is_refused(tmp_path: Path, kept: Path) -> None:
    said = events()
    said.insert(3, (Status(state="failed", message="out of memory"), "replicate-1"))
    with pytest.raises(CannotRecord, match="replicate-1 failed"):
        record_run(make_folder(tmp_path / "run", said), folder=kept)


def test_a_run_whose_parameters_are_not_the_presets_is_refused(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(CannotRecord, match="texts differ"):
        record_run(make_folder(tmp_path / "run", events(), texts=8), folder=kept)


def test_a_damaged_file_is_named(kept: Path) -> None:
    (kept / "attention-maps.quick.cpu.json").write_text('{"v": 1}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"attention-maps\.quick\.cpu\.json is no recorded result"):
        recorded("attention-maps", folder=kept)


@pytest.mark.parametrize("name", discover("core.experiments", "EXPERIMENT"))
def test_every_result_in_the_checkout_is_of_a_claim_that_exists(name: str) -> None:
    claims = {claim.id for claim in discover("core.experiments", "EXPERIMENT")[name].claims}
    for result in recorded(name):
        assert {verdict.claim for verdict in result.verdicts} == claims
        assert all(verdict.null == result.null for verdict in result.verdicts)
        assert not (result.null and any(verdict.outcome == "supported" for verdict in result.verdicts))


def test_a_quick_look_may_reuse_the_rates_that_standard_found(tmp_path: Path, kept: Path) -> None:
    said = events()
    found = [Measure(name="best_rate", arm="lora", value=rate, unit_of_measure="1", replicate=number, exact=True)
             for number, rate in enumerate((1e-3, 1e-2, 1e-2))]  # fmt: skip
    said[1:1] = [(measure, "unit") for measure in found]
    record_run(make_folder(tmp_path / "run", said, preset="standard"), folder=kept)
    assert found_rates("attention-maps", folder=kept) == {"lora": 1e-2}
    assert found_rates("attention-maps", device="cuda", folder=kept) == {"lora": 1e-2}
    assert found_rates("lora-vs-full", folder=kept) == {}
