"""Are labels read as meant, is quality counted as meant, and do fitted weights tag what they were fitted on?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from core.papers.lens.fit_quality import Example, calibration_error, choose_thresholds, quality
from core.papers.lens.fit_tagger import OUT, main, read_examples, surfaces
from core.papers.lens.phrases import normal
from core.papers.lens.stage_model import Hits, StageModel, stage_model

SUBJECTS = {
    "build": "quantization of transformer weights",
    "adapt": "adapters for efficient fine-tuning",
    "align": "jailbreak attacks on aligned models",
    "ask": "chain-of-thought prompting with demonstrations",
    "": "burst image restoration with cameras",
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    labels, texts = tmp_path / "labels.csv", tmp_path / "texts.csv"
    with labels.open("w", newline="") as stream, texts.open("w", newline="") as other:
        marks, papers = csv.writer(stream), csv.writer(other)
        marks.writerow(["arxiv_id", "stages", "also"])
        papers.writerow(["arxiv_id", "title", "abstract"])
        number = 0
        for stage, subject in SUBJECTS.items():
            for at in range(12):
                number += 1
                marks.writerow([f"2601.{number:05}", stage, "ask" if stage == "adapt" and at == 0 else ""])
                papers.writerow(
                    [f"2601.{number:05}", f"Study {at} on {subject}", f"We study {subject} in language models."]
                )
    return labels, texts


def example(stages: tuple[bool, ...], counts: tuple[bool, ...] = (True,) * 4) -> Example:
    return Example("", [], [], False, stages, counts)


def test_a_stage_that_another_list_allows_does_not_count(files: tuple[Path, Path]) -> None:
    examples, digest = read_examples(*files)
    assert len(examples) == 60 and len(digest) == 64
    doubtful = [each for each in examples if not all(each.counts)]
    assert [each.counts for each in doubtful] == [(True, True, True, False)]


def test_an_unknown_stage_is_named(files: tuple[Path, Path]) -> None:
    labels, texts = files
    labels.write_text("arxiv_id,stages,also\n2601.00001,train,\n")
    with pytest.raises(ValueError, match="2601.00001: unknown stage train"):
        read_examples(labels, texts)


def test_files_without_a_common_paper_are_refused(files: tuple[Path, Path]) -> None:
    labels, texts = files
    labels.write_text("arxiv_id,stages,also\n9999.00001,ask,\n")
    with pytest.raises(ValueError, match="no paper in common"):
        read_examples(labels, texts)


def test_f1_leaves_out_what_does_not_count() -> None:
    yes, no = (True, False, False, False), (False,) * 4
    examples = [example(yes), example(no), example(no, (False, True, True, True)), example(yes)]
    said = np.array([[0.9], [0.9], [0.9], [0.1]]).repeat(4, axis=1)
    found = quality(said, examples, 0, 0.5)
    assert (found["precision"], found["recall"], found["papers"]) == (0.5, 0.5, 2)


def test_thresholds_part_what_can_be_parted() -> None:
    examples = [example((True,) * 4), example((False,) * 4)]
    said = np.array([[0.45] * 4, [0.35] * 4])
    assert all(0.35 < value <= 0.45 for value in choose_thresholds([said], examples))


def test_honest_confidence_has_no_calibration_error() -> None:
    examples = [example((True,) * 4)] * 7 + [example((False,) * 4)] * 3
    assert calibration_error(np.full((10, 4), 0.7), examples) == pytest.approx(0)
    assert calibration_error(np.full((10, 4), 0.2), examples) == pytest.approx(0.5)


def test_a_phrase_is_written_in_its_commonest_spelling(files: tuple[Path, Path]) -> None:
    examples, _ = read_examples(*files)
    assert surfaces([normal("prompts")], examples) == {normal("prompts"): "prompting"}


def test_the_weights_say_what_they_were_fitted_on() -> None:
    about = json.loads(OUT.read_text())["about"]
    assert about["papers"] > 1000 and len(about["sha256"]) == 64
    assert set(about["cross_validation"]["abstract"]["stages"]) == set(stage_model().stages)


def test_weights_fitted_anew_tag_what_they_were_fitted_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="fitting needs scikit-learn; tagging does not")
    out = tmp_path / "weights.json"
    labels, texts = files
    main(["--labels", str(labels), "--texts", str(texts), "--out", str(out)])
    weights = json.loads(out.read_text())
    model = StageModel(weights)
    for place, (stage, subject) in enumerate(SUBJECTS.items()):
        found = model.index.find_all([[f"Study on {subject}"]])
        hits = Hits(found.text, found.phrase, np.full(len(found.phrase), True), np.array([True]))
        [confidence] = model.score(hits, model.marks(hits)).confidence
        assert not stage or model.stages[confidence.index(max(confidence))] == stage, place
