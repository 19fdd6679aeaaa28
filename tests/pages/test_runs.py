"""The page of runs: one run in full, replayed, shared, beside another, and a stranger's run that is only shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import sharing
from app.settings import settings
from app.ui import replaying
from db import runs
from db.connect import open_catalog
from tests.app.ended_runs import ended, induction
from tests.pages.opening import opened, raw, words


@pytest.fixture
def pair(starter: None) -> tuple[str, str]:
    """Two runs that differ in seed and length."""
    db = open_catalog(settings().catalog)
    first = ended(db, settings(), induction())
    second = ended(db, settings(), induction([0.3, 0.31, 0.29, 0.3, 0.3], seed=4), params={"length": 16}, seed=4)
    db.close()
    return first.id, second.id


def charts(app: AppTest) -> list[str]:
    return [str(element.proto.spec) for element in app.get("plotly_chart")]


def test_a_run_is_drawn_with_verdict_chart_table_and_what_can_be_done(pair: tuple[str, str]) -> None:
    app = opened("runs", run=pair[0])
    assert not app.exception
    said = words(app)
    assert "A head looks, where a text repeats itself" in said
    assert "lies above the margin 0.2" in said
    assert charts(app) and app.dataframe
    assert {"Run again", "Share", "Replay", "Compare"} & {button.label for button in app.button}
    command = "python -m app run attention-maps --preset quick --seed 0"
    assert command in [code.value for code in app.code]


def test_the_command_names_only_what_differs_from_the_preset(pair: tuple[str, str]) -> None:
    said = [code.value for code in opened("runs", run=pair[1]).code]
    assert "python -m app run attention-maps --preset quick --seed 4 --set length=16" in said


def test_two_runs_stand_beside_each_other(pair: tuple[str, str]) -> None:
    app = opened("runs", run=pair[0], **{"with": pair[1]})
    assert not app.exception
    assert "5 of 10 exact measures" in words(app)
    asked = app.dataframe[0].value
    assert dict(zip(asked["parameter"], zip(asked["A"], asked["B"], strict=True), strict=True)) == {
        "length": ("32", "16"),
        "seed": ("0", "4"),
    }
    (chart,) = charts(app)
    assert "\\u00b7 A" in chart or "· A" in chart


@pytest.mark.parametrize("other", ["none", "'; DROP TABLE runs"])
def test_a_run_that_is_not_there_is_one_line(pair: tuple[str, str], other: str) -> None:
    app = opened("runs", run=pair[0], **{"with": other})
    assert not app.exception
    assert "there is no run" in words(app)


def test_two_replays_draw_the_charts_that_the_run_drew(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = charts(opened("runs", run=pair[0]))
    monkeypatch.setattr(replaying, "SECONDS", 0.0001)
    for _ in range(2):
        app = opened("runs", run=pair[0], replay="1")
        assert not app.exception
        assert charts(app) == drawn


def test_a_replay_begins_with_what_came_first(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "SECONDS", 1e9)
    app = opened("runs", run=pair[0], replay="1")
    assert not app.exception
    assert not charts(app)
    assert "lies above the margin" not in words(app)


def test_a_strangers_run_is_shown_escaped_and_not_kept(pair: tuple[str, str], tmp_path: Path) -> None:
    content = sharing.write(settings().runs / pair[0])
    bad = content.replace(b'"repeated"', b'"<img src=x onerror=alert(1)>"').replace(pair[0].encode(), b"theirs")
    app = opened("runs")
    app.file_uploader[0].set_value(("run.json", bad, "application/json")).run()
    assert not app.exception
    said = raw(app)
    assert "A head looks, where a text repeats itself" in said
    assert "<img" not in said.replace("\\<img", "")
    db = open_catalog(settings().catalog)
    assert {run.id for run in runs.find(db)} == set(pair)
    db.close()


def test_a_file_that_is_no_run_is_one_line(pair: tuple[str, str]) -> None:
    app = opened("runs")
    app.file_uploader[0].set_value(("run.json", b'{"a": 1}', "application/json")).run()
    assert "this is no shared run" in app.error[0].value
