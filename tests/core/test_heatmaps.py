"""Attention maps as figures: what is drawn, and that tokens cannot become markup."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from core.heatmaps import head_grid, head_scores, looked_at, one_head, tick
from core.language import Text

MAP = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.1, 0.2, 0.7]]


@pytest.mark.parametrize(
    ("token", "shown"),
    [(" the", "·the"), ("\n", "↵"), ("", "…"), ("<img>", "&lt;img&gt;"), ("a&b", "a&amp;b"), ("$x$", "&#36;x&#36;")],
)
def test_a_token_is_shown_escaped_and_with_its_blanks(token: str, shown: str) -> None:
    assert tick(token) == shown


def test_what_a_token_cannot_see_is_not_drawn() -> None:
    assert one_head(MAP, ["a", "b", "a"])["data"][0]["z"] == [[1.0, None, None], [0.25, 0.75, None], [0.1, 0.2, 0.7]]


def test_a_token_that_comes_twice_keeps_two_places() -> None:
    figure = one_head(MAP, ["a", "b", "a"])
    assert max(Counter(figure["data"][0]["x"]).values()) == 1
    assert figure["layout"]["xaxis"]["ticktext"] == ["a", "b", "a"]


def test_the_grid_has_a_panel_for_each_head_and_none_overlap() -> None:
    figure = head_grid([[MAP] * 3] * 2, ["a", "b", "c"])
    layout = figure["layout"]
    assert len(figure["data"]) == 6
    places = set()
    for panel in figure["data"]:
        x, y = layout["xaxis" + panel["xaxis"][1:]]["domain"], layout["yaxis" + panel["yaxis"][1:]]["domain"]
        assert 0 <= x[0] < x[1] <= 1 and 0 <= y[0] < y[1] <= 1
        places.add((tuple(x), tuple(y)))
    assert len(places) == 6
    columns = sorted({x for x, _ in places})
    assert all(left[1] < right[0] for left, right in zip(columns, columns[1:], strict=False))
    assert {note["text"] for note in layout["annotations"]} == {
        f"{layer}.{head}" for layer in (0, 1) for head in (0, 1, 2)
    }


def test_the_first_layer_stands_at_the_top() -> None:
    figure = head_grid([[MAP], [MAP]], ["a", "b", "c"])
    assert figure["layout"]["yaxis"]["domain"][0] > figure["layout"]["yaxis2"]["domain"][0]


def test_a_figure_is_plain_json() -> None:
    json.dumps(head_grid([[MAP]], ["a", "b", "c"]), allow_nan=False)


def test_a_text_is_shaded_by_what_one_of_its_tokens_looks_at() -> None:
    strip = looked_at(MAP, ["a", "<b>", "c"], position=1, name="looks", head=Text("Head 0.0", "헤드 0.0"))
    assert strip.values == [0.25, 0.75, None]  # the third comes later, and cannot be looked at
    assert strip.chosen == [1]
    assert strip.notes == ["#0", "#1", "#2"]
    assert strip.tokens == ["a", "<b>", "c"]  # escaped where it is drawn
    assert strip.title["en"].startswith("Head 0.0") and strip.title["ko"].startswith("헤드 0.0")


def test_scores_have_a_row_for_each_layer_and_numbers_while_there_is_room() -> None:
    few = head_scores([[0.1, 0.25], [0.5, 1.0]])["data"][0]
    assert few["z"] == [[0.1, 0.25], [0.5, 1.0]]
    assert "texttemplate" in few
    assert "texttemplate" not in head_scores([[0.0] * 12] * 12)["data"][0]
