"""What does a difference add to the shipped tagger, and is nothing added where nothing is said?"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.papers.lens import personal
from core.papers.lens.personal import Difference, OtherBase, PersonalModel, difference_of, log_odds, shipped_base
from core.papers.lens.stage_model import stage_model
from core.papers.paper import Paper
from core.papers.tagging import read_papers, tag_papers
from tests.core.papers.lens.lens_papers import papers_about

STAGES = stage_model().stages
ALL = [*papers_about("ask", 6), *papers_about("build", 6), *papers_about("align", 4), *papers_about("none", 4)]
TITLES = [Paper(id=paper.id, title=paper.title) for paper in ALL]


def difference(**rows: dict[str, tuple[float, ...]]) -> Difference:
    none: dict[str, tuple[float, ...]] = {}
    bias = rows.pop("bias", {}).get("", (0.0,) * len(STAGES))
    found = {"phrases": none, "labels": none} | rows
    return Difference(base=shipped_base(), stages=STAGES, bias=bias, **found)


def model(**rows: dict[str, tuple[float, ...]]) -> PersonalModel:
    return PersonalModel(stage_model(), difference(**rows))


def phrase_of(words: str) -> str:
    """A phrase that the shipped model knows."""
    return next(phrase for phrase in stage_model().index.phrases if phrase == words)


def test_no_difference_says_what_the_shipped_tagger_says() -> None:
    assert tag_papers(ALL + TITLES, model()) == tag_papers(ALL + TITLES)


def test_a_phrase_is_heard_where_it_stands_and_nowhere_else() -> None:
    taught = model(phrases={phrase_of("quantiz"): (-30.0, 30.0, 0.0, 0.0)})
    for paper, before, after in zip(ALL, tag_papers(ALL), tag_papers(ALL, taught), strict=True):
        if paper in papers_about("build", 6):
            assert before.values("stage") == ("build",)
            assert after.values("stage") == ("adapt",)
        else:
            assert after == before


def test_a_topic_is_heard_too() -> None:
    taught = model(labels={"retrieval": (20.0, 0.0, 0.0, -20.0)})
    assert [found.values("stage") for found in tag_papers(papers_about("ask", 3), taught)] == [("build",)] * 3


def test_a_paper_without_language_models_stays_without_a_stage() -> None:
    papers = papers_about("none", 4)
    assert tag_papers(papers, model(bias={"": (50.0, 50.0, 50.0, 50.0)})) == tag_papers(papers)


def test_the_evidence_sums_up_to_what_the_confidence_has_moved_by() -> None:
    rows = {"phrases": {phrase_of("retriev"): (0.7, 0.0, -0.3, -1.1)}, "labels": {"retrieval": (0.4, 0.1, 0.0, -0.9)}}
    taught = model(**rows, bias={"": (0.05, -0.02, 0.0, 0.01)})
    for before, after in zip(read_papers(ALL), read_papers(ALL, taught), strict=True):
        papers = before.hits.paper
        more = np.stack(
            [np.bincount(papers, line, minlength=len(ALL)) for line in after.scores.added - before.scores.added], axis=1
        )
        more += np.array([0.05, -0.02, 0.0, 0.01])
        moved = log_odds(after.scores) - log_odds(before.scores)
        about = before.scores.about
        # Confidences are kept to four places, and say little beyond them.
        sure = np.array(after.scores.confidence)[about]
        known = (sure > 0.02) & (sure < 0.98)
        assert known.any()
        assert np.abs(moved[about] - more[about])[known].max() < 0.01
        assert np.abs(moved[~about]).max() == 0


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(len(ALL))))
def test_a_paper_is_tagged_the_same_in_whatever_company(order: list[int]) -> None:
    taught = model(phrases={phrase_of("retriev"): (1.0, 0.3, 0.2, -0.1), phrase_of("quantiz"): (-0.7, 0.4, 0.1, 0.9)})
    together = tag_papers([ALL[place] for place in order], taught)
    assert together[0] == tag_papers([ALL[order[0]]], taught)[0]


def test_a_difference_for_another_shipped_tagger_is_refused() -> None:
    other = Difference(base="0" * 64, stages=STAGES, bias=(0.0,) * len(STAGES), phrases={}, labels={})
    with pytest.raises(OtherBase, match="retrain it again"):
        PersonalModel(stage_model(), other)


def test_the_shipped_tagger_is_named_by_all_that_it_is_made_of(tmp_path: Path) -> None:
    for name in ("stage_weights.json", "lexicon.json"):
        shutil.copy(Path(personal.__file__).with_name(name), tmp_path)
    assert shipped_base(tmp_path) == shipped_base()
    for number, name in enumerate(("stage_weights.json", "lexicon.json")):
        folder = tmp_path / str(number)
        folder.mkdir()
        for file in tmp_path.glob("*.json"):
            shutil.copy(file, folder)
        with (folder / name).open("a") as stream:
            stream.write(" ")
        assert shipped_base(folder) != shipped_base()


def test_a_document_gives_the_difference_back() -> None:
    found = difference(phrases={"retriev": (0.1, 0.2, 0.3, -0.4)}, labels={"peft": (0.0, 1.5, 0.0, 0.0)})
    assert difference_of(found.as_document()) == found


def test_a_row_that_lacks_a_stage_is_named() -> None:
    document = difference(phrases={"retriev": (0.1, 0.2, 0.3, -0.4)}).as_document()
    document["phrases"]["retriev"] = [0.1]
    with pytest.raises(ValueError, match="has not one for each stage"):
        difference_of(document)


def test_a_confidence_gives_its_log_odds_back() -> None:
    (read,) = read_papers(papers_about("ask", 2))
    odds = log_odds(read.scores)
    assert math.isclose(1 / (1 + math.exp(-odds[0, 3])), read.scores.confidence[0][3], abs_tol=1e-6)
