"""What is shown of rivals: each held against its own start, in both languages, replicate 1 named."""

from __future__ import annotations

import torch

from core.frontier_figures import Stop
from core.language import Text
from core.rivals_report import (
    by_n_figure,
    curves,
    driven_figure,
    frontier_figure,
    picked_points,
    picked_stop,
    rate_point,
    samples,
    stop_of,
    stops_table,
)
from core.training.alignment.best_of_n import Picked
from core.training.alignment.dpo import Judged
from core.training.alignment.rivals import Look, Reached


def look(step: int, *, kl: float, gold: float, proxy: float, judged: Judged | None = None) -> Look:
    reached = Reached(kl=kl, gold=gold, proxy=proxy, first=gold, second=gold, said=("abcd", "efgh"))
    return Look(step=step, objective=-proxy, reached=reached, judged=judged)


def picked(n: int, gold: float) -> Picked:
    return Picked(n=n, kl=0.1 * n, highest=n / 2, median=0.5, gold=gold, random_gold=2.0)


FIRST, LAST = look(0, kl=0.0, gold=2.0, proxy=-1.0), look(9, kl=4.0, gold=3.0, proxy=1.5)


def test_a_stop_is_held_against_its_own_start() -> None:
    assert stop_of(LAST, FIRST, label="0.1") == Stop(kl=4.0, gold=1.0, proxy=2.5, label="0.1")
    assert picked_stop(picked(4, 3.5), picked(1, 2.0)) == Stop(kl=0.4, gold=1.5, proxy=1.5, label="4")
    assert picked_stop(picked(1, 2.0), picked(1, 2.0)).label == ""


def test_curves_go_over_the_root_and_dpo_has_loss_margin_and_accuracy_beside_each_other() -> None:
    found = list(curves([FIRST, LAST], arm="ppo-0.1", replicate=2))
    assert [(point.chart, point.x, point.y) for point in found] == [
        ("gold", 0.0, 2.0), ("proxy", 0.0, -1.0), ("gold", 2.0, 3.0), ("proxy", 2.0, 1.5),
    ]  # fmt: skip
    assert {point.replicate for point in found} == {2}
    judged = Judged(loss=0.6, chosen=0.3, rejected=-0.1, accuracy=0.7)
    of_dpo = {
        point.chart: (point.x, point.y)
        for point in curves([look(5, kl=1, gold=1, proxy=1, judged=judged)], arm="dpo-1", replicate=0)
    }
    assert of_dpo["dpo loss"] == (5, 0.6)
    assert of_dpo["dpo margin"] == (5, 0.4)
    assert of_dpo["dpo accuracy"] == (5, 0.7)


def test_best_of_n_is_shown_over_n() -> None:
    assert [(point.x, point.y) for point in picked_points(picked(8, 3.0), arm="bon", replicate=0)] == [
        (8, 3.0),
        (8, 4.0),
    ]
    lines = by_n_figure([picked(1, 2.0), picked(8, 3.0)]).plotly["data"]
    assert [line["y"] for line in lines] == [[0, 3.5], [0, 0], [0, 1], [0, 0]]


def test_a_rate_says_where_it_comes_from() -> None:
    point = rate_point("ppo", 1e-3, -0.5, origin=Text("searched", "탐색"), replicate=0)
    assert (point.chart, point.x, point.y) == ("rates ppo", 1e-3, -0.5)
    assert "searched" in point.x_label["en"]
    assert "탐색" in point.x_label["ko"]


def test_the_frontier_begins_at_the_start_of_all() -> None:
    figure = frontier_figure({"PPO": [Stop(kl=4.0, gold=1.0, proxy=2.0)]})
    assert figure.plotly["data"][0]["x"] == [0, 2]
    assert len(driven_figure([FIRST, LAST], [FIRST]).plotly["data"]) == 6


def test_the_table_names_policy_and_accuracy_and_has_a_row_for_each_stop() -> None:
    stops = {"bon": {"bon-4": Stop(kl=1.234, gold=0.5, proxy=1.0)}, "ppo": {"ppo-0": Stop(kl=9, gold=-1, proxy=3)}}
    table = stops_table(stops, policy="c0ffee", accuracy=0.66)
    assert all("c0ffee" in title and "66%" in title for title in table.title.values())
    assert table.rows == [["bon-4", 1.23, 0.5, 1.0], ["ppo-0", 9, -1, 3]]
    assert len(table.columns) == 4


def test_samples_show_prompts_in_letters() -> None:
    found = list(
        samples({"sft": FIRST, "ppo-0": LAST}, torch.tensor([[0, 1, 2, 3, 15], [4, 5, 6, 7, 15], [8, 9, 1, 2, 15]]))
    )
    assert [(event.arm, event.prompt, event.text) for event in found][:2] == [
        ("sft", "abcd:", "abcd"),
        ("sft", "efgh:", "efgh"),
    ]
    assert len(found) == 4
