"""Does the tagger file papers where a person would, say why, and leave alone what is not about language models?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers import tagging as tagging_module
from core.papers.lens.lexicon import lexicon
from core.papers.lens.stage_model import stage_model
from core.papers.paper import Paper
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
        "Hallucination in retrieval-augmented generation",
        "We measure hallucinations of large language models that answer questions over retrieved passages.",
    )
    assert {"align", "ask"} <= set(tagging.values("stage"))
    tagging = tag_text(
        "Quantization-aware low-rank fine-tuning of large language models",
        "We quantize weights to four bits and fine-tune LoRA adapters.",
    )
    assert {"build", "adapt"} <= set(tagging.values("stage"))


@pytest.mark.parametrize(
    ("title", "stages_of_it"),
    [
        ("BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", ("build",)),
        ("LoRA: Low-Rank Adaptation of Large Language Models", ("adapt",)),
        ("Direct Preference Optimization: Your Language Model is Secretly a Reward Model", ("align",)),
        ("Chain-of-Thought Prompting Elicits Reasoning in Large Language Models", ("ask",)),
        ("Deep Residual Learning for Image Recognition", ()),
    ],
)
def test_a_well_known_paper_is_filed_by_its_title(title: str, stages_of_it: tuple[str, ...]) -> None:
    assert tag_text(title, None).values("stage") == stages_of_it


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


def test_a_paper_is_tagged_the_same_alone_and_in_any_company(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = [title for title, _, _ in LANGUAGE_PAPERS]
    texts = [(one, f"{two}. We study language models.") for one in titles for two in titles]
    papers = [
        Paper(id=f"2601.{at:05}", title=title, abstract=abstract if at % 5 else None, keywords=(abstract,) * (at % 3))
        for at, (title, abstract) in enumerate([*texts, *OTHER_PAPERS, ("", ""), ("\u00e9", "?")])
    ]
    alone = [tag_text(paper.title, paper.abstract, paper.keywords) for paper in papers]
    assert tag_papers(papers) == alone
    for name, value in (("PAPERS", 7), ("CHARACTERS", 900)):
        monkeypatch.setattr(tagging_module, name, value)
        assert tag_papers(papers) == alone
    assert tag_papers([]) == []


HOSTILE = {
    "one word": "a",
    "words of a letter": "a ",
    "a known word": "LLM ",
    "a phrase over and over": "language model ",
    "a phrase that never ends": "chain of ",
    "a phrase with odd gaps": "language--models\n\n",
    "no words": "-",
    "question marks": "?",
    "control characters": "\x00",
    "combining marks": "e\u0301",
    "marks alone": "\u0301",
    "one CJK word": "\u6a21\u578b",
    "CJK words": "\u6a21\u578b ",
    "astral characters": "\U0001f600 \U0001d54d ",
    "lone surrogates": "\ud800",
    "long known words": "interdisciplinary ",
    "a hundred digits": "1234567890" * 10 + " ",
}


def seconds(abstract: str) -> float:
    def once() -> float:
        start = time.process_time()
        tag_text("Language models", abstract)
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_text_eight_times_as_long_takes_no_thirty_times_as_long(kind: str) -> None:
    size = 50_000 // len(HOSTILE[kind])
    assert seconds(HOSTILE[kind] * 8 * size) < 30 * max(seconds(HOSTILE[kind] * size), 0.001)


def test_an_abstract_buried_in_marks_is_tagged_by_its_words_and_harms_no_neighbour() -> None:
    title, words = "Chain-of-thought prompting", "We prompt large language models with demonstrations."
    buried = Paper(id="2601.00001", title=title, abstract="\u0301-" * 50_000 + words)
    plain = Paper(id="2601.00002", title=LANGUAGE_PAPERS[0][0])
    expected = [tag_text(plain.title, None), tag_text(title, words)]
    assert expected[1].values("stage") == ("ask",)
    assert tag_papers([plain, buried, plain]) == [*expected, expected[0]]


def test_phrases_do_not_go_from_one_part_into_the_next() -> None:
    model = stage_model()
    assert "chain of thought" in model.index.phrases
    apart = tag_text("A chain of", "thought in language models", ["chain of", "thought"])
    assert all("chain of thought" not in each.phrase for tag in apart.tags for each in tag.evidence)


def test_evidence_names_the_first_part_that_has_the_phrase() -> None:
    tagging = tag_text("Jailbreaks", "JAILBREAKS of language models; red teaming.", ["red-teaming", "jailbreaks"])
    places = {each.phrase: each.where for tag in tagging.tags for each in tag.evidence}
    assert places["Jailbreaks"] == "title" and places["red teaming"] == "abstract"
    assert "JAILBREAKS" not in places and "red-teaming" not in places


def test_many_threads_tag_alike() -> None:
    papers = [Paper(id=f"2601.{at:05}", title=title) for at, (title, _, _) in enumerate(LANGUAGE_PAPERS * 20)]
    expected = tag_papers(papers)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(tag_papers, [papers] * 8))


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
