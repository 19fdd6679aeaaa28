"""The field map: each stage's techniques in the visitor's language, with what was found here."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.papers.taxonomy import applications, stages, topics
from core.papers.techniques import techniques
from core.registry import discover
from tests.pages.opening import opened, words


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("stage", list(stages()))
def test_a_stage_lists_its_topics_and_techniques_and_no_other(starter: None, stage: str, language: str) -> None:
    said = words(opened("field-map", language, stage=stage))
    for topic in topics(stage).values():
        assert topic.definition.to(language) in said
    for technique in techniques().values():
        assert (technique.definition.to(language) in said) == (technique.stage == stage)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_applications_cross_the_stages(home: Path, language: str) -> None:
    said = words(opened("field-map", language, stage="applications"))
    for application in applications().values():
        assert application.definition.to(language) in said


def test_every_experiment_can_be_reached_from_a_technique_of_the_map(starter: None) -> None:
    found = list(discover("core.experiments", "EXPERIMENT").values())
    links = {
        str(getattr(link, "label", ""))
        for stage in stages()
        for link in opened("field-map", stage=stage).get("page_link")
    }
    assert {experiment.title.en for experiment in found} <= links


def test_a_hostile_address_shows_the_first_stage(home: Path) -> None:
    app = opened("field-map", stage="<script>")
    assert not app.exception
    assert next(iter(topics("build").values())).definition.en in words(app)
