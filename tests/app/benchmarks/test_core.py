"""`bench core` in small: does everyone race under the same conditions, and is every figure there?"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.benchmarks import core
from app.benchmarks.core_measure import Race, bars, ratio
from app.benchmarks.core_models import CORE, CORE_AS_GPT2, GPT2, LLAMA, PAIRS, SIZES, make
from app.cli import run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "bench", "core", "--quick", "--json", "--seed", "3"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "TRENDLAB_HOME": str(tmp_path_factory.mktemp("home"))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_quick_run_measures_every_model_in_training_and_in_writing(found: dict[str, Any]) -> None:
    assert (found["benchmark"], found["seed"], found["quick"], found["precision"]) == ("core", 3, True, "float32")
    assert {"commit", "versions", "device", "when"} <= set(found) and found["device"]["threads"] == 1
    nano = found["sizes"]["nano"]
    for row in (*nano["training"], *nano["decoding"]):
        assert set(row["arms"]) == {CORE, CORE_AS_GPT2, GPT2, LLAMA} and row["batch"] == 1
        assert [(each["model"], each["against"]) for each in row["ratios"]] == list(PAIRS)
        for each in row["ratios"]:
            assert 0 < each["low"] <= each["median"] <= each["high"] < math.inf
        for arm in row["arms"].values():
            assert arm["tokens_per_second"] > 0
            assert arm["peak_bytes"] is None or arm["peak_bytes"] >= 0
    for arm in nano["training"][0]["arms"].values():
        assert 0 < arm["of_peak"] < 2
        assert arm["flops_per_token"] > 6 * 1_000_000
    for name, arm in nano["decoding"][0]["arms"].items():
        assert arm["weight_bytes_per_step"] == pytest.approx(4 * nano["parameters"][name], rel=0.03)
        assert arm["of_bound"] == pytest.approx(arm["step_tokens_per_second"] / arm["bound_tokens_per_second"])


def test_a_bar_that_is_missed_says_where_the_time_goes(found: dict[str, Any]) -> None:
    bars = found["sizes"]["nano"]["bars"]
    assert [bar["what"] for bar in bars] == ["training, times GPT-2"]
    for bar in bars:
        assert bar["met"] is (bar["reached"] >= bar["bar"])
        assert bar["met"] is ("profiles" not in bar)
        for profile in bar.get("profiles", {}).values():
            shares = [profile[part] for part in ("products", "attention", "other", "outside")]
            assert sum(shares) == pytest.approx(1) and min(shares) >= 0
            assert profile["products"] > 0 and profile["attention"] > 0 and profile["top"]


def test_the_figures_are_told_to_people(found: dict[str, Any], tmp_path: Path, monkeypatch, capsys) -> None:
    told = dict(core.rows(found))
    assert "nano, training, batch 1 × 64: core" in told and "nano, writing, batch 1: core / transformers GPT-2" in told
    monkeypatch.setattr(core, "FOLDER", tmp_path)
    (tmp_path / "core-here.json").write_text(json.dumps(found), encoding="utf-8")
    assert run(["bench", "core", "--recorded"]) == 0
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(table) == 4 and len({line.count("|") for line in table}) == 1


@pytest.mark.parametrize("size", ["nano", "micro"])
def test_the_models_of_a_size_have_as_many_parameters(size: str) -> None:
    counts = [
        sum(weight.numel() for weight in make(name, SIZES[size], seed=0).parameters())
        for name in (CORE, CORE_AS_GPT2, GPT2, LLAMA)
    ]
    assert max(counts) / min(counts) < 1.05


def test_a_ratio_is_of_the_same_round_and_its_interval_holds_the_truth() -> None:
    draw = np.random.default_rng(1)
    missed = 0
    for seed in range(200):
        weather = draw.uniform(0.2, 1.0, 11)  # what else the machine does meets both alike
        found = ratio(2 * weather * draw.lognormal(0, 0.05, 11), weather, seed=seed)
        assert found["high"] - found["low"] < 0.4
        missed += not found["low"] <= 2 <= found["high"]
    assert missed < 20


@pytest.mark.parametrize(("promised", "word"), [(1e15, "promised"), (None, "measured")])
def test_a_bar_says_which_peak_it_is_a_part_of(promised: float | None, word: str) -> None:
    rows = [{"batch": 1, "ratios": [{"median": 9.0}], "arms": {CORE: {"of_peak": 0.6, "of_bound": 0.9}}}]
    found = {"machine": {"promised_flops": promised}, "training": rows, "decoding": rows}
    race = Race(size="124m", device="cuda", bfloat16=True, seed=0, quick=True, compile=False)
    assert f"training, of the {word} FLOP/s" in {bar["what"] for bar in bars(race, {}, found)}


def test_an_unknown_size_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "core", "--sizes", "nano,giant"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and "giant" in said


def test_sizes_have_one_list() -> None:
    assert set(core.NAMES) == set(SIZES)
