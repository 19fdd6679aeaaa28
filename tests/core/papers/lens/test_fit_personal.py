"""Does the fit do what the corrections ask, and leave alone what nobody spoke of?"""

from __future__ import annotations

import numpy as np

from core.papers.lens.fit_personal import Rows, fit, holds, rows_of
from core.papers.lens.personal import Difference, PersonalModel
from core.papers.lens.stage_model import stage_model
from core.papers.paper import Paper
from core.papers.tagging import read_papers, tag_papers
from tests.core.papers.lens.lens_papers import papers_about

MODEL = stage_model()
OTHERS = [paper for stage in ("build", "align", "adapt", "none") for paper in papers_about(stage, 30)]


def rows(papers: list[Paper]) -> Rows:
    return rows_of(MODEL, read_papers(papers, MODEL))


def right(stage: str, n: int) -> np.ndarray:
    return np.tile(np.array([each == stage for each in MODEL.stages]), (n, 1))


def taught(n: int) -> Difference:
    """Papers on retrieval are filed under building, says somebody `n` times."""
    return fit(MODEL, rows(papers_about("ask", n)), right("build", n), rows(OTHERS))


def stages(papers: list[Paper], difference: Difference | None = None) -> list[tuple[str, ...]]:
    model = None if difference is None else PersonalModel(MODEL, difference)
    return [found.values("stage") for found in tag_papers(papers, model)]


def test_what_was_corrected_often_holds_for_papers_like_it() -> None:
    unseen = papers_about("ask", 10, first=50)
    assert stages(unseen) == [("ask",)] * 10
    assert stages(unseen, taught(12)) == [("build",)] * 10


def test_what_nobody_spoke_of_stays_as_it_is() -> None:
    unseen = [paper for stage in ("build", "align", "adapt", "none") for paper in papers_about(stage, 10, first=50)]
    assert stages(unseen, taught(12)) == stages(unseen)


def test_one_correction_moves_less_than_twelve() -> None:
    once, often = taught(1), taught(12)
    weigh = [sum(abs(value) for row in found.phrases.values() for value in row) for found in (once, often)]
    assert 0 < weigh[0] < weigh[1]


def test_papers_that_nobody_corrected_hold_a_phrase_where_it_is() -> None:
    like_them = papers_about("ask", 80, first=100)
    free = taught(3)
    held = fit(MODEL, rows(papers_about("ask", 3)), right("build", 3), rows([*OTHERS, *like_them]))
    biggest = [max(abs(value) for row in found.phrases.values() for value in row) for found in (free, held)]
    assert biggest[1] < 0.7 * biggest[0]


def test_a_phrase_that_stands_in_no_correction_weighs_nothing() -> None:
    (read,) = read_papers(papers_about("ask", 12), MODEL)
    there = {MODEL.index.phrases[number] for number in read.hits.phrase.tolist()}
    assert set(taught(12).phrases) <= there


def test_corrections_that_say_what_the_tagger_says_teach_little() -> None:
    same = fit(MODEL, rows(papers_about("ask", 5)), right("ask", 5), rows(OTHERS))
    biggest = [max(abs(value) for row in found.phrases.values() for value in row) for found in (same, taught(5))]
    assert biggest[0] < biggest[1] / 3


def test_a_paper_without_language_models_teaches_nothing() -> None:
    found = fit(MODEL, rows(papers_about("none", 5)), right("build", 5), rows(OTHERS))
    assert (found.phrases, found.labels, set(found.bias)) == ({}, {}, {0.0})


def test_the_answer_is_the_same_every_time() -> None:
    assert taught(7) == taught(7)


def test_the_fit_decides_as_the_tagger_does() -> None:
    papers = [*OTHERS, *papers_about("ask", 20), *(Paper(id="1", title=paper.title) for paper in OTHERS[::7])]
    difference = taught(4)
    for given in (None, difference):
        said = [
            {stage for stage, held in zip(MODEL.stages, line, strict=True) if held}
            for line in holds(MODEL, rows(papers), given).tolist()
        ]
        assert said == [set(found) for found in stages(papers, given)]
