"""Do the shipped figures say what a page will want to tell, and can they be true?"""

from __future__ import annotations

import pytest

from core.papers.lens.figures import PATH, View, figures
from core.papers.taxonomy import stages


@pytest.mark.parametrize("name", ["abstract", "title"])
def test_each_view_has_all_stages_and_adds_up(name: str) -> None:
    view: View = getattr(figures(), name)
    for score in (view.floor, view.tagger):
        assert set(score.stages) == set(stages())
        assert score.macro_f1 == pytest.approx(sum(each.f1 for each in score.stages.values()) / 4, abs=2e-4)
    error = sum(abs(each.confidence - each.frequency) * each.pairs for each in view.reliability)
    assert view.calibration_error == pytest.approx(error / sum(each.pairs for each in view.reliability), abs=2e-4)
    assert 0 < view.without_model < view.papers <= figures().papers


def test_the_tagger_is_better_than_the_floor_with_and_without_abstracts() -> None:
    for view in (figures().abstract, figures().title):
        assert view.tagger.macro_f1 > view.floor.macro_f1 + 0.02


def test_the_blind_readings_agree_with_each_other_more_than_with_the_lists() -> None:
    blind = figures().blind
    assert blind.papers >= 200 and set(blind.kappa) == set(stages())
    assert blind.between.macro_f1 > max(blind.first.macro_f1, blind.second.macro_f1)


def test_no_text_of_a_paper_is_among_the_figures() -> None:
    assert PATH.stat().st_size < 20_000
