"""Measuring a vocabulary: are words, groups, lengths and themes counted as they stand?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.papers.generator.fit_vocabulary import OTHER, main, measure
from core.papers.generator.vocabulary import Vocabulary


def record(abstract: str, *, title: str = "A title of shells") -> dict[str, object]:
    return {"title": title, "abstract": abstract, "authors": ["Ann Other", "B. Else"], "categories": ["cs.CL", "cs.AI"]}


SHELLS = [record(f"Shells of the sea are drawn by hand, and drawn again {number}.") for number in range(30)]
QUANTIZED = [
    record(
        "Quantization of large language models to 4-bit weights, with quantization-aware training.",
        title="Quantization",
    )
    for _ in range(10)
]


def test_papers_occurrences_and_titles_are_counted() -> None:
    found = measure([*SHELLS, *QUANTIZED])
    assert found["words"]["drawn"] == [30, 60, 0]
    assert found["words"]["shells"] == [30, 30, 30]
    assert found["words"]["quantization"] == [10, 20, 10]
    assert found["phrases"]["drawn by hand"] == [30, 30, 0]
    assert "7" not in found["words"], "a word of one paper is too rare"
    assert found["about"]["papers"] == 40
    assert found["categories"] == {"cs.CL": [40, 40], "cs.AI": [40, 0]}
    assert found["authors"][1] == 40


def test_a_theme_is_told_apart_by_its_words() -> None:
    themes = measure([*SHELLS, *QUANTIZED])["themes"]
    assert themes[OTHER]["papers"] == 30
    assert themes["quantization"]["papers"] == 10
    assert themes["quantization"]["apart"]["quantization"] == 10


def test_the_written_table_can_be_read(tmp_path: Path) -> None:
    source, out = tmp_path / "papers.jsonl", tmp_path / "table.json"
    source.write_text("".join(json.dumps(item) + "\n" for item in [*SHELLS, *QUANTIZED]), encoding="utf-8")
    main([str(source), "--out", str(out)])
    assert Vocabulary(json.loads(out.read_text(encoding="utf-8"))).share("drawn") == 0.75


def test_records_without_abstracts_are_refused() -> None:
    with pytest.raises(ValueError, match="abstract"):
        measure([record("")])
