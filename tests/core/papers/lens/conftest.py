"""Labels and texts of a small world in which a paper's subject gives its stage away."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import NamedTuple

import pytest

SUBJECTS = {
    "build": "quantization of transformer weights",
    "adapt": "adapters for efficient fine-tuning",
    "align": "jailbreak attacks on aligned models",
    "ask": "chain-of-thought prompting with demonstrations",
    "": "burst image restoration with cameras",
}
OF_A_SUBJECT = 12


class Files(NamedTuple):
    """What the training script is given; the blind readings agree with the lists."""

    lists: Path
    readings: Path
    texts: Path
    more: Path
    blind: Path

    @property
    def arguments(self) -> list[str]:
        """As the command line has them."""
        return [
            *("--labels", str(self.lists), str(self.readings)),
            *("--texts", str(self.texts), str(self.more)),
        ]


@pytest.fixture
def subjects() -> dict[str, str]:
    """Stage (empty: none) to the subject of its papers."""
    return SUBJECTS


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The files, for a test that may change them."""
    return _written(tmp_path)


@pytest.fixture(scope="module")
def kept_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files, for tests that leave them as they are."""
    return _written(tmp_path_factory.mktemp("labels"))


def _written(folder: Path) -> Files:
    found = Files(*(folder / name for name in ("l.csv", "r.csv", "t.csv", "more.jsonl.gz", "b.csv")))
    lists, readings, texts, blind = [], [], [], []
    more = []
    number = 0
    for stage, subject in SUBJECTS.items():
        for at in range(OF_A_SUBJECT):
            number += 1
            also = "ask" if stage == "adapt" and at == 0 else ""
            lists.append([f"2601.{number:05}", stage, also])
            texts.append([f"2601.{number:05}", f"Study {at} on {subject}", f"We study {subject} in language models."])
            readings.append([f"2602.{number:05}", stage, "", "title" if at % 2 else "abstract"])
            line = {"id": f"2602.{number:05}v{at + 1}", "title": f"Report {at} of {subject}"}
            more.append(line | {"abstract": f"We report on {subject}\u2028in language models."})
            if at < 2:
                blind.append([f"2601.{number:05}", stage, stage])
    for path, head, rows in (
        (found.lists, ["arxiv_id", "stages", "also"], lists),
        (found.readings, ["arxiv_id", "stages", "also", "read"], readings),
        (found.texts, ["arxiv_id", "title", "abstract"], texts),
        (found.blind, ["arxiv_id", "first", "second"], blind),
    ):
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([head, *rows])
    with gzip.open(found.more, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in more)
    return found
