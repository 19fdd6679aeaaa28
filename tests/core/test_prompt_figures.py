"""Lines over a count: what is drawn, and in which colours."""

from __future__ import annotations

import json

from core.language import Text
from core.prompt_figures import lines
from core.scaling_figures import COLOURS

ACROSS, UP = Text("examples", "예시"), Text("error", "오차")


def test_names_have_colours_and_guides_are_grey() -> None:
    drawn = lines({Text("small", "작은"): [1.0, 0.5]}, across=ACROSS, up=UP, guides={Text("best", "최선"): [1.0, 0.0]})
    line, guide = drawn["data"]
    assert line["x"] == [0, 1] and line["y"] == [1.0, 0.5] and line["name"] == {"en": "small", "ko": "작은"}
    assert line["line"]["color"] == COLOURS[0]
    assert guide["line"]["color"] == "#888888" and guide["line"]["dash"]
    assert drawn["layout"]["xaxis"]["title"]["text"] == {"en": "examples", "ko": "예시"}
    json.dumps(drawn)


def test_shares_are_drawn_whole_and_a_count_may_start_at_one() -> None:
    drawn = lines({ACROSS: [0.4, 0.6]}, across=ACROSS, up=UP, start=1, share=True)
    assert drawn["data"][0]["x"] == [1, 2]
    low, high = drawn["layout"]["yaxis"]["range"]
    assert low < 0 < 1 < high
