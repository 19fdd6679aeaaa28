"""The figures of rivals: axes, colours, the order of points, and the star at gold's peak."""

from __future__ import annotations

import json

from core.frontier_figures import COLOURS, SYMBOLS, Stop, by_n, driven, frontier
from core.language import Text

A = Text("a")
START = Stop(kl=0.0, gold=0.0, proxy=0.0)
FAR = Stop(kl=9.0, gold=1.0, proxy=4.0, label="0.05")
NEAR = Stop(kl=4.0, gold=2.0, proxy=1.5, label="0.5")


def test_the_frontier_joins_stops_by_divergence_gold_full_and_proxy_dotted() -> None:
    figure = frontier({Text("PPO"): [START, FAR, NEAR], Text("DPO"): [START]})
    gold, proxy, *_others = figure["data"]
    assert gold["x"] == proxy["x"] == [0, 2, 3]  # the root
    assert gold["y"] == [0, 2, 1]
    assert proxy["y"] == [0, 1.5, 4]
    assert gold["text"] == ["", "0.5", "0.05"]
    assert "dash" not in gold["line"]
    assert proxy["line"]["dash"] == "dot"
    assert figure["data"][2]["line"]["color"] != gold["line"]["color"]
    assert figure["data"][2]["marker"]["symbol"] != gold["marker"]["symbol"]  # not by colour alone


def test_on_the_way_looks_keep_their_order_and_a_star_marks_the_peak() -> None:
    gold, proxy, star = driven({Text("PPO"): [START, NEAR, FAR]})["data"]
    assert gold["x"] == proxy["x"] == [0, 2, 3]
    assert (star["x"], star["y"], star["marker"]["symbol"]) == ([2], [2], "star")


def test_over_n_the_axis_is_logarithmic_and_names_every_n() -> None:
    figure = by_n([1, 4, 16], {Text("highest", "최고"): [0, 1, 2], Text("median"): [0, 0, 0]})
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert figure["layout"]["xaxis"]["ticktext"] == ["1", "4", "16"]
    assert [line["name"] for line in figure["data"]] == [{"en": "highest", "ko": "최고"}, {"en": "median"}]


def test_figures_are_plain_json_and_there_is_a_symbol_for_each_colour() -> None:
    for figure in (frontier({A: [START, FAR]}), driven({A: [START]}), by_n([1], {A: [0.5]})):
        assert json.loads(json.dumps(figure, allow_nan=False)) == figure
    assert len(COLOURS) == len(SYMBOLS)


def test_a_divergence_that_rounding_made_negative_stands_at_0() -> None:
    assert frontier({Text("a"): [Stop(kl=-1e-9, gold=0, proxy=0)]})["data"][0]["x"] == [0]
