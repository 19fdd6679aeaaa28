"""Do fitted weights tag what they were fitted on, and does the app add them up as the fit did?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.papers.lens.figures import figures
from core.papers.lens.fit_quality import apply
from core.papers.lens.fit_tagger import OUT, Basis, Lists, learn_reading, main, surfaces
from core.papers.lens.phrases import normal
from core.papers.lens.stage_model import GATED, Hits, StageModel
from core.papers.lens.training_set import TrainingSet, read_training_set

pytest.importorskip("sklearn", reason="fitting needs scikit-learn; tagging does not")


@pytest.fixture
def taught(files: Any) -> TrainingSet:
    return read_training_set([files.lists, files.readings], [files.texts, files.more])


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


def test_papers_of_one_title_are_never_parted_by_a_fold(taught: TrainingSet) -> None:
    twins = [*taught.listed, *taught.listed[::3]]
    lists = Lists(Basis(taught.readings), twins)
    for train, test in lists.folds(np.arange(len(twins)), 0):
        assert not {twins[at].group for at in train} & {twins[at].group for at in test}


def test_the_app_is_as_sure_as_the_fit_was(taught: TrainingSet, files: Any, tmp_path: Path) -> None:
    out = tmp_path / "weights.json"
    main([*files.arguments, "--out", str(out)])
    model = StageModel(json.loads(out.read_text(encoding="utf-8")))
    lists = Lists(Basis(taught.readings), taught.listed)
    everything = np.arange(len(taught.listed))
    fitted, reading = lists.fit(everything), learn_reading(lists, everything, range(3))
    texts = [each.text.split("We ", 1) for each in taught.listed]
    whole = apply(reading.calibrations["abstract"], fitted.scores(lists.whole))
    alone = apply(reading.calibrations["title"], fitted.scores(lists.titles))
    about = confidences(model, [[title, f"We {rest}"] for title, rest in texts])
    assert np.array(about) == pytest.approx(whole, abs=0.01)
    assert np.array(about).max() > GATED
    assert np.array(confidences(model, [[title] for title, _ in texts])) == pytest.approx(alone, abs=0.01)


def test_weights_fitted_anew_tag_what_they_were_fitted_on(files: Any, subjects: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "weights.json"
    main([*files.arguments, "--out", str(out)])
    model = StageModel(json.loads(out.read_text(encoding="utf-8")))
    for stage, subject in subjects.items():
        [confidence] = confidences(model, [[f"Study on {subject}"]])
        held = {
            name for name, sure, least in zip(model.stages, confidence, model.thresholds, strict=True) if sure >= least
        }
        assert held == ({stage} if stage else set())


def test_the_same_files_give_the_same_weights(files: Any, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.json", "two.json")]
    for path in paths:
        main([*files.arguments, "--out", str(path)])
    assert paths[0].read_bytes() == paths[1].read_bytes()
