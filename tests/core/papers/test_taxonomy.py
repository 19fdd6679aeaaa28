"""Is the taxonomy whole, in both languages, and can its colours be told apart and read?"""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from core.papers.taxonomy import applications, entry, stages, topics

HANGUL = re.compile(r"[가-힣]")
BACKGROUNDS = {"light": ("#ffffff", "#f0f2f6"), "dark": ("#0e1117", "#262730")}
# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_stages_stand_in_the_order_of_the_pipeline() -> None:
    assert list(stages()) == ["build", "adapt", "align", "ask"]


def test_every_topic_belongs_to_a_stage_and_has_its_colour() -> None:
    for topic in topics().values():
        assert topic.stage is not None
        assert topic.light == stages()[topic.stage].light
        assert topic.id in topics(topic.stage)
    assert sum(len(topics(stage)) for stage in stages()) == len(topics())


@pytest.mark.parametrize("key", ["tokenization", "mixture-of-experts", "peft", "rlhf", "knowledge-graphs", "agents"])
def test_a_topic_that_papers_are_filed_under_is_there(key: str) -> None:
    assert entry("topic", key).id == key


def test_applications_cross_the_stages() -> None:
    assert {"code", "medicine", "finance", "law", "science", "education"} <= set(applications())
    assert {each.stage for each in applications().values()} == {None}


def test_every_entry_has_a_name_and_one_line_in_english_and_korean() -> None:
    for each in itertools.chain(stages().values(), topics().values(), applications().values()):
        for text in (each.name, each.definition):
            assert text.is_translated("ko") and HANGUL.search(text.to("ko")), each.id
            assert "\n" not in text.en and not HANGUL.search(text.en)
        assert each.definition.en.endswith(".")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_in_any_colour_can_be_read_on_its_theme(theme: str) -> None:
    for each in itertools.chain(stages().values(), applications().values()):
        for background in BACKGROUNDS[theme]:
            assert contrast(getattr(each, theme), background) >= 4.5, (each.id, background)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", list(VISION))
def test_stage_colours_differ_for_every_kind_of_colour_vision(theme: str, vision: str) -> None:
    seen = [lab(np.array(VISION[vision]) @ linear(getattr(each, theme))) for each in stages().values()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 28


def test_an_unknown_stage_or_tag_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="'train'.*build, adapt, align, ask"):
        topics("train")
    with pytest.raises(ValueError, match="'lora'.*peft"):
        entry("topic", "lora")
