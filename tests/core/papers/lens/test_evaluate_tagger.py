"""Does the evaluation see what is there to see: a tagger that is right, one that is wrong, and readings that agree?"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from core.papers.lens import evaluate_tagger
from core.papers.lens.evaluate_tagger import evaluate, main
from core.papers.lens.training_set import read_training_set

pytest.importorskip("sklearn", reason="evaluating needs scikit-learn; tagging does not")


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One repetition shows as much as three in a world without doubt."""
    monkeypatch.setattr(evaluate_tagger, "REPEATS", 1)


def test_in_a_world_without_doubt_everyone_is_right(files: Any, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "figures.json"
    main([*files.arguments, "--blind", str(files.blind), "--out", str(out)])
    found = json.loads(out.read_text(encoding="utf-8"))
    for view in ("abstract", "title"):
        measured = found["views"][view]
        assert measured["papers"] == 60 and measured["without_model"] == 12
        assert measured["tagger"]["macro_f1"] == measured["floor"]["macro_f1"] == 1.0
        assert measured["coverage"] == 1.0 and measured["false_tags"] == 0.0
        assert sum(each["pairs"] for each in measured["reliability"]) == 239, "one `also` does not count"
    assert found["blind"]["papers"] == 10
    assert found["blind"]["first"]["macro_f1"] == found["blind"]["between"]["macro_f1"] == 1.0
    assert set(found["blind"]["kappa"].values()) == {1.0}
    table = capsys.readouterr().out
    assert "abstract: floor" in table and "blind: second" in table and "calibration error" in table


def test_labels_that_say_nothing_of_the_texts_are_found_out(files: Any) -> None:
    with files.lists.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    turned = [[row[0], rows[(7 * at) % len(rows)][1], ""] for at, row in enumerate(rows)]
    with files.lists.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *turned])
    taught = read_training_set([files.lists, files.readings], [files.texts, files.more])
    found = evaluate(taught, files.blind)
    assert found["views"]["abstract"]["tagger"]["macro_f1"] < 0.6
    assert found["blind"]["first"]["macro_f1"] < 0.8 and found["blind"]["between"]["macro_f1"] == 1.0
