"""What a reader answered, as table and bars: all kinds of answers are there and make up the whole."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.language import Text
from core.reading_report import COLUMNS, KINDS, answers_figure, answers_table, search_table
from core.training.reading import Answers

LABELS = {"a": Text("one", "하나"), "b": Text("two", "둘")}
TITLE = Text("title", "제목")


def answers(*given: int) -> Answers:
    """Of questions whose right value is 0 and was 1; -1 for unknown."""
    chances = np.full((len(given), 4), 0.05)
    chances[np.arange(len(given)), np.array(given) + 1] = 0.85
    right = np.zeros(len(given), dtype=np.int64)
    return Answers(chances=chances, right=right, learned=right + 1)


def test_a_row_an_arm_in_both_languages() -> None:
    table = answers_table(TITLE, LABELS, {"a": answers(0, 1, -1, 2), "b": answers(0, 0, 0, 0)})
    assert [row[0] for row in table.rows] == [{"en": "one", "ko": "하나"}, {"en": "two", "ko": "둘"}]
    assert table.rows[0][1:] == [0.25, 0.25, 0.25, 0.5, 0.5]
    assert table.rows[1][1:] == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert all(len(row) == len(COLUMNS) for row in table.rows)


def test_bars_make_up_the_whole_and_are_plain_json() -> None:
    figure = answers_figure("answers", TITLE, LABELS, {"a": answers(0, 1, -1, 2), "b": answers(-1, -1, 0, 2)})
    bars = figure.plotly["data"]
    assert len(bars) == len(KINDS)
    for place in range(2):
        assert sum(bar["x"][place] for bar in bars) == pytest.approx(1.0)
    assert len({(bar["marker"]["color"], bar["marker"]["pattern"]["shape"]) for bar in bars}) == len(KINDS)
    assert json.loads(json.dumps(figure.plotly)) == figure.plotly


def test_the_search_has_a_row_for_each_number_of_passages() -> None:
    table = search_table(TITLE, {1: [0.8, 1.0, 0.12345, 0.7], 4: [0.9, 1.0, 0.5, 0.6]})
    assert table.rows == [[1, 0.8, 1.0, 0.123, 0.7], [4, 0.9, 1.0, 0.5, 0.6]]
