"""Are texts read from every kind of file, is the same fitted from the same, and is quality counted as meant?"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from core.papers.similarity.fit_likeness import Text, fit, main, measure, read_texts
from core.papers.similarity.likeness import FILE, likeness, load

SUBJECTS = {
    "build": "quantization of transformer weights",
    "align": "jailbreak attacks against chatbots",
    "ask": "retrieval of passages for questions",
}


@pytest.fixture
def texts() -> list[Text]:
    return [
        Text(
            id=f"2601.{place}{number:04}",
            title=f"Study {'abcdefghij'[number]} about {subject}",
            abstract=f"We look into {subject} with method {'klmnopqrst'[number]}.",
            stages=frozenset({stage}),
            topics=frozenset({subject}) if number < 2 else frozenset(),
        )
        for place, (stage, subject) in enumerate(SUBJECTS.items())
        for number in range(10)
    ]


def write_csv(path: Path, texts: list[Text]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["arxiv_id", "title", "abstract", "stages", "topic"])
        rows.writerows(
            [text.id, text.title, text.abstract, ";".join(text.stages), " | ".join(text.topics)] for text in texts
        )
    return path


def test_a_paper_of_two_files_is_read_once_and_with_its_abstract(tmp_path: Path, texts: list[Text]) -> None:
    first = texts[0]
    labelled = write_csv(tmp_path / "labelled.csv", [Text(id=first.id, title=first.title, abstract=""), texts[1]])
    more = tmp_path / "more.jsonl.gz"
    with gzip.open(more, "wt", encoding="utf-8") as stream:
        stream.write(json.dumps({"id": first.id, "title": first.title, "abstract": first.abstract}) + "\n\n")
    found = read_texts([labelled, more])
    assert [text.id for text in found] == [first.id, texts[1].id]
    assert found[0].abstract == first.abstract
    assert (found[1].stages, found[1].topics) == (texts[1].stages, texts[1].topics)


def test_a_file_without_titles_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "2601.00001", "abstract": "x"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.jsonl: a paper has no 'title'"):
        read_texts([path])


def test_no_paper_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no paper"):
        read_texts([path])


def test_one_text_is_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit([Text(id="1", title="alone", abstract="")])


def test_papers_of_a_kind_come_together_and_chance_does_not(texts: list[Text]) -> None:
    found = measure(fit(texts, size=5), texts)
    assert found["papers"] == 30
    # Nine others of ten nearest can share the stage.
    assert found["vectors"]["stage"] == pytest.approx(0.9)
    assert found["vectors"]["topic"] == pytest.approx(0.1)
    assert found["chance"]["stage"] < 0.5


def test_the_same_texts_give_the_same_bytes(tmp_path: Path, texts: list[Text]) -> None:
    source = write_csv(tmp_path / "texts.csv", texts)
    files = [tmp_path / name for name in ("one.npz", "two.npz")]
    for path in files:
        main(["--texts", str(source), "--out", str(path)])
    assert files[0].read_bytes() == files[1].read_bytes()
    model = load(files[0])
    about = json.loads(files[0].with_suffix(".json").read_text(encoding="utf-8"))
    assert (about["papers"], about["model"], about["terms"]) == (30, model.model, len(model.terms))
    one, other, far = model.vectors([(texts[0].title, None), (texts[1].title, None), (texts[25].title, None)])
    assert np.dot(one.astype(int), other) > np.dot(one.astype(int), far)


def test_the_record_is_of_the_weights_that_ship() -> None:
    about = json.loads(FILE.with_suffix(".json").read_text(encoding="utf-8"))
    assert (about["model"], about["terms"], about["size"]) == (likeness().model, len(likeness().terms), likeness().size)
    held = about["held_out"]
    assert held["vectors"]["topic"] > held["tf_idf"]["topic"] > held["chance"]["topic"]
