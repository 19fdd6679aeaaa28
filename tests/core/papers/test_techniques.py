"""Is the field map whole: every topic on it, every technique defined in both languages, every paper in the catalog?"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from core.papers.sources.starter import FOLDER
from core.papers.taxonomy import topics
from core.papers.techniques import techniques
from core.registry import discover

HANGUL = re.compile(r"[가-힣]")
EXPERIMENTS: dict[str, Any] = dict(discover("core.experiments", "EXPERIMENT"))


def test_every_topic_has_a_definition_and_a_technique() -> None:
    covered = {technique.topic for technique in techniques().values()}
    for topic, entry in topics().items():
        assert entry.definition.en and HANGUL.search(entry.definition.to("ko"))
        assert topic in covered


@pytest.mark.parametrize("technique", techniques().values(), ids=lambda technique: technique.id)
def test_a_technique_says_what_it_is_in_both_languages(technique: Any) -> None:
    assert re.search(r"[A-Za-z]", technique.name.en) and technique.name.ko
    assert technique.definition.en.endswith(".") and not HANGUL.search(technique.definition.en)
    assert HANGUL.search(technique.definition.to("ko"))
    assert technique.stage == topics()[technique.topic].stage
    assert technique.query


def test_the_papers_of_all_techniques_are_in_the_starter_catalog() -> None:
    lines = [line for file in FOLDER.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    known = {json.loads(line)["id"] for line in lines}
    assert {technique.paper for technique in techniques().values()} <= known


def test_techniques_stand_in_the_order_of_the_pipeline() -> None:
    order = list(topics())
    places = [order.index(technique.topic) for technique in techniques().values()]
    assert places == sorted(places)


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
def test_every_experiment_tests_techniques_that_the_map_has(experiment: Any) -> None:
    assert experiment.techniques
    assert set(experiment.techniques) <= set(techniques())
