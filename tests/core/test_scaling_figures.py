"""Figures of scaling laws: plain JSON, logarithmic axes, and the papers' slopes beside what was found."""

from __future__ import annotations

import json

import pytest

from core.scaling_figures import growth, law, valleys
from core.training.scaling_law import TrainedRun

RUNS = [
    TrainedRun(
        budget=budget,
        flops=1e9 * 4**budget,
        parameters=size,
        bare=size / 2,
        tokens=1e9 * 4**budget / 6 / size,
        loss=2 + 2.0**-budget + 0.1 * (place - 2) ** 2,
    )
    for budget in (1, 2, 3)
    for place, size in enumerate((1e3, 2e3, 4e3, 8e3, 16e3))
]


@pytest.mark.parametrize("figure", [valleys(RUNS, floor=2.0), law(RUNS, floor=2.0), growth(RUNS)])
def test_figures_are_plain_and_logarithmic(figure: dict[str, dict[str, dict[str, object]]]) -> None:
    json.dumps(figure)
    assert figure["layout"]["xaxis"]["type"] == figure["layout"]["yaxis"]["type"] == "log"


def test_there_is_a_valley_a_budget_with_its_lowest_point() -> None:
    drawn = valleys(RUNS, floor=2.0)["data"]
    stars = [trace for trace in drawn if trace["mode"] == "markers"]
    assert len(stars) == 3
    assert stars[0]["x"] == pytest.approx([4e3])


def test_the_law_is_fitted_without_the_last_budget_and_the_papers_stand_beside_the_growth() -> None:
    assert law(RUNS, floor=2.0)["data"][1]["name"]["en"] == "fitted without the last: C^-0.500"
    names = [trace["name"]["en"] for trace in growth(RUNS)["data"]]
    assert {"Chinchilla: C^0.5", "Kaplan et al.: C^0.73"} <= set(names)
