"""Figures of double descent and superposition: plain JSON, with the threshold marked."""

from __future__ import annotations

import json

from core.descent_figures import descent, overlaps
from core.language import Text


def test_the_threshold_is_marked_at_as_many_features_as_rows() -> None:
    figure = descent(
        [10, 100], {Text("a"): [1.0, 2.0], Text("b"): [3.0, 4.0]}, rows=100, across=Text("P"), up=Text("error")
    )
    json.dumps(figure)
    assert [trace["name"] for trace in figure["data"]] == [{"en": "a"}, {"en": "b"}]
    assert (figure["layout"]["shapes"][0]["x0"], figure["layout"]["xaxis"]["type"]) == (100, "log")


def test_overlaps_are_a_square_that_reads_from_the_top() -> None:
    figure = overlaps([[1.0, -0.5], [-0.5, 1.0]])
    json.dumps(figure)
    assert figure["data"][0]["z"][0] == [1.0, -0.5]
    assert figure["layout"]["yaxis"]["autorange"] == "reversed"
