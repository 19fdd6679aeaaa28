"""Events: every kind survives its line, and a line that is none is refused with a reason."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from core.events import (
    EVENTS,
    Event,
    Figure,
    Measure,
    Point,
    Progress,
    Sample,
    Skip,
    Status,
    Strip,
    Table,
    Verdict,
    from_line,
    to_line,
)

ONE_OF_EACH: list[Event] = [
    Status(state="started", message="now", details={"versions": {"python": "3.11"}}),
    Progress(done=0.25, note={"en": "half", "ko": "반"}),
    Point(arm="lora", x=1.0, y=2.5, replicate=0, chart="loss", x_label={"en": "step"}),
    Measure(name="loss", arm="full", value=1.5, unit_of_measure="nats", replicate=4, exact=True),
    Table(title={"en": "Ranks"}, columns=[{"en": "r"}, {"en": "loss", "ko": "손실"}], rows=[[1, 0.5], [2, None]]),
    Figure(name="map", title={"en": "Map"}, plotly={"data": [{"z": [[0.0, 1.0]]}], "layout": {}}),
    Sample(arm="full", prompt="Once\u2028upon", text="a time \N{SNOWMAN}\n", replicate=1),
    Strip(
        name="surprise",
        title={"en": "Surprise"},
        tokens=["On", "ce"],
        values=[None, 2.5],
        high=8.0,
        unit_of_measure="nats",
    ),
    Skip(arm="nf4", reason={"en": "needs CUDA"}),
    Verdict(
        claim="c", outcome="supported", contrast=1.0, low=0.5, high=1.5, margin=0.2, n=5, reason={"en": "it lies above"}
    ),
]


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.type)
def test_an_event_survives_its_line(event: Event) -> None:
    line = to_line(event, run="r1", unit="u1", t=1.23456)
    assert "\n" not in line
    assert from_line(line) == (event, {"v": 1, "type": event.type, "run": "r1", "unit": "u1", "t": 1.235})


def test_every_kind_of_event_was_tried() -> None:
    assert {event.type for event in ONE_OF_EACH} == set(EVENTS)


def test_a_number_that_is_not_finite_travels_as_null_and_comes_back_as_nan() -> None:
    for value in (math.nan, math.inf, np.float32("nan")):
        line = to_line(
            Measure(name="loss", arm="a", value=value, unit_of_measure="", replicate=0, exact=True),
            run="r",
            unit="u",
            t=0,
        )
        assert json.loads(line)["value"] is None
        event, _ = from_line(line)
        assert isinstance(event, Measure)
        assert math.isnan(event.value)


def test_a_contrast_that_there_is_not_stays_none() -> None:
    verdict = Verdict(
        claim="c", outcome="too small to tell", contrast=None, low=None, high=None, margin=0, n=0, reason={}
    )
    assert from_line(to_line(verdict, run="r", unit=None, t=0))[0] == verdict


def test_numpy_scalars_become_plain_numbers() -> None:
    table = Table(
        title={}, columns=[{"en": "n"}, {"en": "x"}], rows=[[np.int64(3), np.float32(0.5)], [np.float64("inf"), True]]
    )
    assert json.loads(to_line(table, run="r", unit=None, t=0))["rows"] == [[3, 0.5], [None, True]]


def test_what_json_cannot_carry_is_refused() -> None:
    with pytest.raises(TypeError, match="ndarray"):
        to_line(Table(title={}, columns=[], rows=[[np.zeros(2)]]), run="r", unit=None, t=0)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "Expecting value"),
        ('{"v": 1, "type": "poi', "Unterminated"),
        ("[1]", "not an event of format 1"),
        ('{"v": 2, "type": "point"}', "not an event of format 1"),
        ('{"v": 1, "type": "dance"}', "unknown event type 'dance'"),
        ('{"v": 1, "type": ["point"]}', "unknown event type"),
        ('{"v": 1, "type": "point", "arm": "a"}', "point event lacks a field: .*'x'"),
    ],
)
def test_a_line_that_is_no_event_is_refused_with_a_reason(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        from_line(line)


def test_a_field_of_a_later_version_is_ignored() -> None:
    line = '{"v": 1, "type": "progress", "run": "r", "unit": null, "t": 0, "done": 0.5, "colour": "red"}'
    assert from_line(line)[0] == Progress(done=0.5)
