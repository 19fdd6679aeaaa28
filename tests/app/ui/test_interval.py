"""The picture of an interval: to scale, with its margin, and nothing that a name could smuggle in."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from app.ui.interval import Bar, svg
from core.events import Verdict


def verdict(low: float | None, mean: float, high: float | None, *, null: bool = False) -> Verdict:
    return Verdict(
        claim="c", outcome="supported", contrast=mean, low=low, high=high, margin=0.2, n=5, reason={}, null=null
    )


def test_an_interval_lies_right_of_its_margin_where_it_is_above() -> None:
    picture = svg([Bar(name="yours", verdict=verdict(0.4, 0.5, 0.6))], margin=0.2)
    margin = float(re.findall(r'<line x1="([0-9.]+)"', picture)[0])
    left, right = map(float, re.findall(r'class="span" x1="([0-9.]+)" x2="([0-9.]+)"', picture)[0])
    middle = float(re.findall(r'<circle cx="([0-9.]+)"', picture)[0])
    assert margin < left < middle < right
    assert (middle - left) == pytest.approx(right - middle, abs=0.2)


def test_the_picture_is_well_formed_whatever_the_names_are() -> None:
    bad = '<script>alert(1)</script>" onload="x'
    root = ElementTree.fromstring(svg([Bar(name=bad, verdict=verdict(0.0, 0.1, 0.2))], margin=0.1))
    assert bad in [element.text for element in root.iter()]
    assert not [element for element in root.iter() if "script" in element.tag or element.get("onload")]


@pytest.mark.parametrize(
    ("bars", "margin"),
    [([], 0.1), ([Bar(name="a", verdict=verdict(float("-inf"), 0.1, float("inf")))], 0.1)],
)
def test_without_a_finite_interval_there_is_no_picture(bars: list[Bar], margin: float) -> None:
    assert svg(bars, margin=margin) == ""


def test_an_interval_without_width_at_its_margin_can_be_drawn() -> None:
    assert "<circle" in svg([Bar(name="a", verdict=verdict(0.2, 0.2, 0.2))], margin=0.2)
