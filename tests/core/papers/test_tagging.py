"""Does the tagger file papers where a person would, say why, and leave alone what is not about language models?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.lexicon import lexicon
from core.papers.paper import Paper
from core.papers.stage_model import stage_model
from core.papers.tagging import TOPICS, tag_papers, tag_text
from core.papers.tags import Tagging
from core.papers.taxonomy import applications, stages, topics

ROOT = Path(__file__).parents[3]

LANGUAGE_PAPERS = [
    ("Four-bit post-training quantization of large language model weights", "build", "quantization"),
    ("Rotary positions that extrapolate: longer context windows for transformers", "build", "long-context"),
    ("Routing tokens in sparse mixture-of-experts language models", "build", "mixture-of-experts"),
    ("Low-rank adapters for parameter-efficient fine-tuning of language models", "adapt", "peft"),
    ("Continual pre-training of language models on clinical text without catastrophic forgetting", "adapt", None),
    ("Direct preference optimization with noisy human feedback", "align", "preference-optimization"),
    ("Jailbreak attacks on aligned language models by adversarial suffixes", "align", "red-teaming"),
    ("Circuits behind induction heads: a mechanistic interpretability study", "align", "interpretability"),
    ("Chain-of-thought prompting with self-consistency for arithmetic reasoning", "ask", "chain-of-thought"),
    ("Retrieval-augmented generation with a dense passage retriever", "ask", "retrieval"),
    ("Tool-using language agents that plan in web environments", "ask", "agents"),
    ("Text-to-SQL over large databases with language models", "ask", "knowledge-graphs"),
]

OTHER_PAPERS = [
    (
        "Dynamic exposure for burst image restoration",
        "We merge bursts of raw frames with a convolutional network. Exposure times are chosen for each scene, and "
        "noise in dark regions falls by a third on our camera data set.",
    ),
    (
        "Spectral clustering of large graphs with few eigenvectors",
        "We bound the error of graph cuts and show that a sketch of the Laplacian is enough for node clustering.",
    ),
    (
        "Grasp planning for soft robot hands",
        "A controller plans grasps from depth maps and is evaluated on a robot arm with forty household objects.",
    ),
    (
        "Adversarial patches against object detectors",
        "Printed patches hide persons from a convolutional object detector; we study the attack under rotation.",
    ),
]


@pytest.mark.parametrize(("title", "stage", "topic"), LANGUAGE_PAPERS)
def test_a_plain_title_is_filed_where_a_person_would(title: str, stage: str, topic: str | None) -> None:
    tagging = tag_text(title, None)
    assert tagging.values("stage")[:1] == (stage,)
    assert topic is None or topic in tagging.values("topic")


@pytest.mark.parametrize(("title", "abstract"), OTHER_PAPERS)
def test_a_paper_without_a_language_model_is_not_forced_into_a_stage(title: str, abstract: str) -> None:
    tagging = tag_text(title, abstract)
    assert tagging.tags == ()
    assert set(tagging.confidence) == set(stages())


def test_a_paper_can_be_about_several_stages() -> None:
    tagging = tag_text(
        "Jailbreak attacks on retrieval-augmented generation agents",
        "We poison the knowledge base of tool-using language model agents and defend against such attacks.",
    )
    assert {"align", "ask"} <= set(tagging.values("stage"))


def test_an_application_is_named_beside_the_stage() -> None:
    tagging = tag_text("Low-rank adaptation of language models for clinical notes of patients", None)
    assert "medicine" in tagging.values("application")


def test_a_scaling_law_is_no_law_and_a_student_model_no_student() -> None:
    assert "law" not in tag_text("Scaling laws for language model pretraining", None).values("application")
    tagging = tag_text("Distilling language models: student models from a teacher model", None)
    assert "education" not in tagging.values("application")


def test_evidence_stands_in_the_text_as_quoted() -> None:
    title, abstract = "LoRA-style adapters", "We study Parameter-Efficient fine-tuning of LLMs on downstream tasks."
    tagging = tag_text(title, abstract, ["prompt tuning"])
    texts = {"title": title, "abstract": abstract, "keywords": "prompt tuning"}
    evidence = [each for tag in tagging.tags for each in tag.evidence]
    assert evidence
    assert all(each.phrase in texts[each.where] for each in evidence)
    assert any(each.where == "title" for each in evidence)


def test_a_phrase_in_the_title_weighs_more_than_in_the_abstract() -> None:
    rest = "We report results on public language model benchmarks."
    in_title = tag_text("Parameter-efficient fine-tuning", rest).confidence["adapt"]
    in_abstract = tag_text("A study", f"{rest} Parameter-efficient fine-tuning.").confidence["adapt"]
    assert in_title > in_abstract


def test_confidences_are_ordered_numbers_between_0_and_1() -> None:
    for title, _, _ in LANGUAGE_PAPERS:
        tagging = tag_text(title, None)
        assert all(0 <= value <= 1 for value in tagging.confidence.values())
        for kind in ("stage", "topic", "application"):
            sure = [tag.confidence for tag in tagging.tags if tag.kind == kind]
            assert all(0 <= value <= 1 for value in sure)
        held = [tag.confidence for tag in tagging.tags if tag.kind == "stage"]
        assert held == sorted(held, reverse=True)


def test_the_weights_and_the_lexicon_name_the_taxonomy() -> None:
    model = stage_model()
    assert model.stages == tuple(stages())
    assert set(model.labels) == set(topics()) | set(applications()) == set(lexicon().labels)


def test_papers_are_tagged_like_their_texts_and_in_order() -> None:
    papers = [Paper(id=f"2601.{at:05}", title=title) for at, (title, _, _) in enumerate(LANGUAGE_PAPERS)]
    assert tag_papers(papers) == [tag_text(title, None) for title, _, _ in LANGUAGE_PAPERS]


def test_two_processes_with_other_hash_seeds_agree() -> None:
    code = (
        "from core.papers.tagging import tag_text\n"
        "print(tag_text('Jailbreaks of retrieval agents', 'Large language models call tools; attacks hide in text.'))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1] and "stage" in said[0]


def test_tagging_needs_no_learning_library() -> None:
    code = "import sys; from core.papers.tagging import tag_text; tag_text('x', 'y'); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@given(st.text(max_size=200), st.none() | st.text(max_size=400), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_tagged_without_complaint(title: str, abstract: str | None, keywords: list[str]) -> None:
    tagging = tag_text(title, abstract, keywords)
    assert isinstance(tagging, Tagging)
    assert len(tagging.values("topic")) <= TOPICS
