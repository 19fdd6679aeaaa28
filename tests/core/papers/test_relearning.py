"""Are the figures honest: on papers that were not learned from, and counted right?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.papers.lens.personal import PersonalModel
from core.papers.lens.stage_model import stage_model
from core.papers.paper import Paper
from core.papers.relearning import TELLING, Lesson, effect_of, learn
from core.papers.tagging import tag_papers
from tests.core.papers.lens.lens_papers import papers_about

OTHERS = [paper for stage in ("build", "align", "adapt", "none") for paper in papers_about(stage, 20)]
MOVED = [Lesson(paper, ("build",)) for paper in papers_about("ask", 12)]


def test_what_can_be_learned_is_right_on_papers_held_back() -> None:
    _, effect = learn(MOVED, [], OTHERS)
    found = effect.corrections
    assert found is not None and effect.curated is None
    assert (found.papers, found.before.right, found.after.right, found.better, found.worse) == (12, 0, 12, 12, 0)
    assert found.p == pytest.approx(2 * 0.5**12, abs=1e-4)
    assert found.after.stages["build"].f1 == 1 and found.before.stages["build"].recall == 0
    assert not found.is_telling and replace(found, papers=TELLING).is_telling


def test_what_was_learned_by_heart_is_no_success() -> None:
    # Each is one of its kind: nothing that holds for one tells of the other.
    lessons = [Lesson(papers_about("ask", 1)[0], ("adapt",)), Lesson(papers_about("build", 1)[0], ("align",))]
    difference, effect = learn(lessons, [], [])
    found = effect.corrections
    assert found is not None
    assert found.after.right == 0
    taught = PersonalModel(stage_model(), difference)
    sure = [tagging.confidence for tagging in tag_papers([lesson.paper for lesson in lessons], taught)]
    shipped = [tagging.confidence for tagging in tag_papers([lesson.paper for lesson in lessons])]
    assert sure[0]["adapt"] > shipped[0]["adapt"] and sure[1]["align"] > shipped[1]["align"]


def test_one_correction_leaves_nothing_to_judge_by() -> None:
    _, effect = learn(MOVED[:1], [], OTHERS)
    assert effect.corrections is None


def test_the_labels_of_a_curated_list_are_judged_by_and_not_learned_from() -> None:
    papers = papers_about("align", 6, first=50)
    curated = [Lesson(paper, ("align",)) for paper in papers]
    wrong = [Lesson(paper, ("ask",)) for paper in papers]
    (one, first), (other, second) = learn(MOVED, curated, OTHERS), learn(MOVED, wrong, OTHERS)
    assert one == other
    assert first.curated is not None and second.curated is not None
    assert (first.curated.before.right, first.curated.after.right) == (6, 6)
    assert (second.curated.before.right, second.curated.after.right) == (0, 0)
    assert first.curated.p == 1


def test_a_curated_list_shows_what_has_become_worse() -> None:
    curated = [Lesson(paper, ("ask",)) for paper in papers_about("ask", 8, first=50)]
    _, effect = learn(MOVED, curated, OTHERS)
    found = effect.curated
    assert found is not None
    assert (found.before.right, found.after.right, found.better, found.worse) == (8, 0, 0, 8)


def test_the_order_of_the_corrections_does_not_matter() -> None:
    mixed = [*MOVED, *(Lesson(paper, ()) for paper in papers_about("align", 7))]
    assert learn(mixed, [], OTHERS) == learn(mixed[::-1], [], OTHERS)


def test_no_stage_is_a_lesson_too() -> None:
    lessons = [Lesson(paper, ()) for paper in papers_about("ask", 12)]
    difference, _ = learn(lessons, [], OTHERS)
    unseen = tag_papers(papers_about("ask", 5, first=50), PersonalModel(stage_model(), difference))
    assert [found.values("stage") for found in unseen] == [()] * 5


def test_every_fit_is_told_of() -> None:
    told: list[tuple[int, int]] = []
    learn(MOVED, [], OTHERS, on_step=lambda done, of: told.append((done, of)))
    assert told == [(done, 6) for done in range(1, 7)]


def test_figures_come_back_from_json() -> None:
    _, effect = learn(MOVED, [Lesson(papers_about("align", 1)[0], ("align",))], OTHERS)
    assert effect_of(json.loads(json.dumps(effect.as_document()))) == effect
    _, alone = learn(MOVED[:1], [], OTHERS)
    assert effect_of(json.loads(json.dumps(alone.as_document()))) == alone


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="correct the stages of some papers"):
        learn([], [], OTHERS)


def test_a_stage_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"2601\.1: unknown stage cook"):
        learn([Lesson(Paper(id="2601.1", title="Soup"), ("cook",))], [], OTHERS)
