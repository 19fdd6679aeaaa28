"""Are labels and texts read as meant, and is nothing judged by what it taught?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.papers.lens.training_set import TrainingSet, read_training_set


def read(files: Any) -> TrainingSet:
    return read_training_set([files.lists, files.readings], [files.texts, files.more])


def add(path: Path, line: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def test_lists_and_readings_are_kept_apart_and_find_their_texts(files: Any) -> None:
    found = read(files)
    assert len(found.listed) == len(found.readings) == 60
    assert {each.id[:4] for each in found.listed} == {"2601"} and {each.id[:4] for each in found.readings} == {"2602"}
    assert "language" in found.readings[0].text, "a line separator within a text ends no line of the file"


def test_a_stage_that_another_list_allows_does_not_count(files: Any) -> None:
    doubtful = [each for each in read(files).listed if not all(each.counts)]
    assert [each.counts for each in doubtful] == [(True, True, True, False)]


def test_a_paper_that_was_read_by_its_title_is_learned_by_its_title(files: Any) -> None:
    by_title = [each for each in read(files).readings if not each.has_abstract]
    assert len(by_title) == 30 and not any(each.body for each in by_title)


def test_a_reading_of_a_listed_paper_is_left_out_by_id_and_by_title(files: Any) -> None:
    add(files.readings, "2601.00001,ask,,title")
    add(files.readings, "2603.00001,ask,,title")
    add(files.texts, "2603.00001,STUDY: 0 on quantization of transformer weights,")
    found = read(files)
    assert len(found.readings) == 60
    assert next(each for each in found.listed if each.id == "2601.00001").stages == (True, False, False, False)


def test_the_hash_tells_of_a_changed_label_and_of_a_changed_text(files: Any) -> None:
    seen = {read(files).sha256}
    for path, old, new in ((files.lists, "2601.00001,build", "2601.00001,ask"), (files.texts, "Study 3", "Study 33")):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        seen.add(read(files).sha256)
    assert len(seen) == 3


def test_a_daily_list_has_texts_and_an_abstract_is_preferred_to_none(files: Any, tmp_path: Path) -> None:
    daily = tmp_path / "day.json"
    entry = {"paper": {"id": "2603.00001", "title": "A paper", "summary": "Of something."}}
    daily.write_text(json.dumps([entry]), encoding="utf-8")
    add(files.texts, "2603.00001,A paper,")
    add(files.lists, "2603.00001,ask,")
    found = read_training_set([files.lists, files.readings], [files.texts, daily, files.more])
    assert next(each for each in found.listed if each.id == "2603.00001").has_abstract


def test_an_unknown_stage_is_named_with_its_file(files: Any) -> None:
    add(files.lists, "2601.00099,train,")
    with pytest.raises(ValueError, match=r"l\.csv: 2601.00099: unknown stage train"):
        read(files)


def test_labels_without_texts_and_unknown_files_are_refused(files: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no readings"):
        read_training_set([files.lists], [files.texts])
    with pytest.raises(ValueError, match="no listed papers"):
        read_training_set([files.readings], [files.more])
    odd = tmp_path / "papers.xml"
    odd.write_text("<papers/>")
    with pytest.raises(ValueError, match="papers.xml: neither"):
        read_training_set([files.lists], [odd])
