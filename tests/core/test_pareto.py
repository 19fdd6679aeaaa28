"""Size against value, and what no smaller one beats."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.language import Text
from core.pareto import front, pareto

FOUND = {"full": (1000.0, 0.9), "lora": (100.0, 0.9), "ia3": (10.0, 0.4), "prefix": (50.0, 0.3)}


def test_the_front_holds_what_nothing_as_small_beats() -> None:
    assert front(FOUND) == ["ia3", "lora"]


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.floats(1, 1e6), st.floats(0, 1)), max_size=8))
def test_every_one_is_matched_by_one_of_the_front_that_is_no_larger(found: dict[str, tuple[float, float]]) -> None:
    kept = [found[name] for name in front(found)]
    for size, value in found.values():
        assert any(at <= size and height >= value for at, height in kept)


def test_the_figure_has_every_point_and_says_its_axes_in_both_languages() -> None:
    figure = pareto(FOUND | {"<b>": (5.0, 0.1)}, size=Text("parameters", "파라미터 수"), value=Text("right", "정답률"))
    line, points = figure["data"]
    assert line["x"] == [5.0, 10.0, 100.0]
    assert points["text"] == ["full", "lora", "ia3", "prefix", "&lt;b&gt;"]
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert figure["layout"]["yaxis"]["title"]["text"] == {"en": "right", "ko": "정답률"}
