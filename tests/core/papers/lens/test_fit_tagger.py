"""Do fitted weights tag what they were fitted on, and does the app add them up as the fit did?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.papers.lens.figures import figures
from core.papers.lens.fit_quality import apply
from core.papers.lens.fit_tagger import OUT, REPEATS, Basis, Lists, learn_reading, main, surfaces
from core.papers.lens.phrases import normal
from core.papers.lens.stage_model import Hits, StageModel
from core.papers.lens.training_set import TrainingSet, read_training_set

pytest.importorskip("sklearn", reason="fitting needs scikit-learn; tagging does not")


@pytest.fixture(scope="module")
def taught(kept_files: Any) -> TrainingSet:
    return read_training_set([kept_files.lists, kept_files.readings], [kept_files.texts, kept_files.more])


@pytest.fixture(scope="module")
def lists(taught: TrainingSet) -> Lists:
    return Lists(Basis(taught.readings), taught.listed)


@pytest.fixture(scope="module")
def weights(kept_files: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "weights.json"
    main([*kept_files.arguments, "--out", str(out)])
    return out


def confidences(model: StageModel, texts: list[list[str]]) -> list[list[float]]:
    found = model.index.find_all(texts)
    ends = np.array([found.parts[sum(map(len, texts[:at]))] + len(text[0]) for at, text in enumerate(texts)])
    alone = np.array([len(text) == 1 for text in texts])
    hits = Hits(found.text, found.phrase, found.start < ends[found.text], alone)
    return model.score(hits, model.marks(hits)).confidence


def test_a_phrase_is_written_in_its_commonest_spelling(taught: TrainingSet) -> None:
    assert surfaces([normal("prompts")], taught.listed) == {normal("prompts"): "prompting"}


def test_the_shipped_weights_and_figures_are_of_one_training_set() -> None:
    about = json.loads(OUT.read_text(encoding="utf-8"))["about"]
    assert len(about["sha256"]) == 64 and about["sha256"] == figures().sha256
    assert (about["papers"], about["readings"]) == (figures().papers, figures().readings)


def test_papers_of_one_title_are_never_parted_by_a_fold(taught: TrainingSet, lists: Lists) -> None:
    twins = [*taught.listed, *taught.listed[::3]]
    doubled = Lists(lists.basis, twins)
    for train, test in doubled.folds(np.arange(len(twins)), 0):
        assert not {twins[at].group for at in train} & {twins[at].group for at in test}


def test_the_app_is_as_sure_as_the_fit_was_which_is_the_same_every_time(lists: Lists, weights: Path) -> None:
    model = StageModel(json.loads(weights.read_text(encoding="utf-8")))
    everything = np.arange(len(lists.examples))
    fitted, reading = lists.fit(everything), learn_reading(lists, everything, range(REPEATS))
    texts = [each.text.split("We ", 1) for each in lists.examples]
    whole = apply(reading.calibrations["abstract"], fitted.scores(lists.whole))
    alone = apply(reading.calibrations["title"], fitted.scores(lists.titles))
    assert np.array(confidences(model, [[title, f"We {rest}"] for title, rest in texts])) == pytest.approx(
        whole, abs=0.01
    )
    assert np.array(confidences(model, [[title] for title, _ in texts])) == pytest.approx(alone, abs=0.01)


def test_weights_fitted_anew_tag_what_they_were_fitted_on(weights: Path, subjects: dict[str, str]) -> None:
    model = StageModel(json.loads(weights.read_text(encoding="utf-8")))
    for stage, subject in subjects.items():
        [sure] = confidences(model, [[f"Study on {subject}"]])
        held = {name for name, value, least in zip(model.stages, sure, model.thresholds, strict=True) if value >= least}
        assert held == ({stage} if stage else set())
