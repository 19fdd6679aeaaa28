"""Does the catalog answer what its papers say, say so where they do not, and quote letter by letter?"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.asking.catalog import ENOUGH, LIMIT, Answer, ask
from app.benchmarks.asking import Asked, fill, load
from app.cli import run
from app.settings import settings
from core.papers.paper import Paper
from db.connect import open_catalog
from db.papers import upsert

NOW = datetime(2026, 8, 3, tzinfo=UTC)
MADE_UP = 300
TEST = [asked for asked in load() if asked.split == "test" and asked.kind != "korean"]
KOREAN = [asked for asked in load() if asked.split == "test" and asked.kind == "korean"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The papers that come with the app among made-up ones."""
    db = open_catalog(tmp_path_factory.mktemp("asked") / "catalog.db")
    fill(db, papers=MADE_UP, seed=1)
    return db


@pytest.fixture(scope="module")
def answers(large: Database) -> dict[str, Answer]:
    """What it says to the questions that were kept from the choice of the rule."""
    return {asked.question: ask(large, asked.question) for asked in [*TEST, *KOREAN]}


def add(db: Database, *texts: tuple[str, str | None], **fields: object) -> None:
    papers = [
        Paper(id=f"2401.{number:05d}", title=title, abstract=abstract, submitted=NOW, **fields)  # type: ignore[arg-type]
        for number, (title, abstract) in enumerate(texts, start=1)
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)


def test_twenty_questions_with_an_answer_and_twenty_without() -> None:
    assert sum(bool(asked.papers) for asked in TEST) == sum(not asked.papers for asked in TEST) == 20
    # The others chose the rule.
    dev = {asked.question for asked in load() if asked.split == "dev"}
    assert not dev & {asked.question for asked in [*TEST, *KOREAN]}


@pytest.mark.parametrize("asked", TEST, ids=lambda asked: asked.question)
def test_every_answer_quotes_its_papers_letter_by_letter(answers: dict[str, Answer], asked: Asked) -> None:
    answer = answers[asked.question]
    assert len(answer.quotes) <= LIMIT
    assert [quote.number for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
    for quote in answer.quotes:
        paper = quote.stored.paper
        texts = {"title": paper.title, "abstract": paper.abstract, "summary": (paper.summary or {}).get("en")}
        assert quote.text in (texts[quote.place] or "")
        assert (quote.covered >= ENOUGH) or not answer.found


def test_most_questions_with_an_answer_find_it_and_those_without_do_not(answers: dict[str, Answer]) -> None:
    """The bars are what words alone reach on questions that nobody has looked at before; see the README."""
    with_one = [asked for asked in TEST if asked.papers]
    found = [asked for asked in with_one if answers[asked.question].found]
    quoted = [
        asked for asked in found if {q.stored.paper.id for q in answers[asked.question].quotes} & set(asked.papers)
    ]
    wrongly = [asked.question for asked in TEST if not asked.papers and answers[asked.question].found]
    assert len(found) >= 16, [asked.question for asked in with_one if asked not in found]
    assert len(quoted) >= 15, [asked.question for asked in found if asked not in quoted]
    assert not wrongly


def test_most_korean_questions_too(answers: dict[str, Answer]) -> None:
    found = [(asked, answers[asked.question]) for asked in KOREAN]
    assert all(answer.korean for _, answer in found)
    assert sum(answer.found for asked, answer in found if asked.papers) >= 3
    assert not [asked.question for asked, answer in found if not asked.papers and answer.found]


def test_an_answer_in_korean_is_quoted_from_korean_text(large: Database) -> None:
    answer = ask(large, "QLoRA로 65B 모델을 미세조정하려면 GPU 메모리가 얼마나 필요한가?")
    assert answer.found and answer.quotes[0].stored.paper.id == "2305.14314"
    assert "48GB GPU 한 장" in answer.quotes[0].text


def test_the_words_that_nothing_speaks_of_are_named(catalog: Database) -> None:
    add(catalog, ("LoRA", "LoRA trains two small matrices. Nothing else is trained."))
    answer = ask(catalog, "Was LoRA tried on protein folding?")
    assert not answer.found and answer.missing == ("tried", "protein", "folding")
    assert [quote.text for quote in answer.quotes] == ["LoRA trains two small matrices."]
    assert ask(catalog, "What does LoRA train?").found


def test_a_catalog_without_papers_has_no_answer(catalog: Database) -> None:
    answer = ask(catalog, "What does LoRA train?")
    assert not answer.found and not answer.quotes and answer.papers == 0


def test_a_paper_without_text_answers_with_its_title(catalog: Database) -> None:
    add(catalog, ("Zebras prefer long grass", None))
    (quote,) = ask(catalog, "What do zebras prefer?").quotes
    assert (quote.place, quote.text) == ("title", "Zebras prefer long grass")


def test_only_the_papers_of_a_stage_are_asked(large: Database) -> None:
    question = "How does DoRA split a pretrained weight?"
    within, without = ask(large, question, stage="adapt"), ask(large, question, stage="ask")
    assert within.found and not without.found
    assert 0 < without.papers < within.papers + without.papers < ask(large, question).papers
    assert all("adapt" in quote.stored.values("stage") for quote in within.quotes)
    with pytest.raises(ValueError, match="build, adapt, align, ask"):
        ask(large, question, stage="nowhere")


def test_notes_are_not_what_a_paper_says(catalog: Database) -> None:
    from db import notes

    add(catalog, ("Of lions", "Lions sleep."))
    notes.add(catalog, title="zebras", body="zebras graze", pins=[notes.Pin("paper", "2401.00001")])
    assert not ask(catalog, "Do zebras graze?").quotes


@pytest.mark.parametrize(
    "question", ["", "?", '"', "NEAR(a b)", "title:x OR *", "a" * 5_000, "\0\ud800", "<b>x</b>", "AND OR NOT", "é́"]
)
def test_any_text_can_be_asked(catalog: Database, question: str) -> None:
    add(catalog, ("Of lions", "Lions sleep."))
    assert ask(catalog, question).found is False


def test_a_question_is_answered_soon(large: Database) -> None:
    begun = time.process_time()
    for asked in TEST[:5]:
        ask(large, asked.question)
    assert (time.process_time() - begun) / 5 < 2


def test_the_command(home: Path, open_new: Callable[[Path], Database], capsys: pytest.CaptureFixture[str]) -> None:
    import json

    db = open_new(settings().catalog)
    add(db, ("LoRA", "LoRA trains two small matrices. Nothing else is trained."))
    assert run(["ask", "What does LoRA train?"]) == 0
    out = capsys.readouterr().out
    assert "[1] “LoRA trains two small matrices.”" in out and "https://arxiv.org/abs/2401.00001" in out
    assert run(["ask", "Do zebras graze?", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["found"], told["quotes"], told["model"]) == (False, [], None)
    assert run(["ask", "Do zebras graze?"]) == 0
    assert capsys.readouterr().out.startswith("not found")
    assert run(["ask", "x", "--stage", "nowhere"]) == 2 and run(["ask", " "]) == 2 and run(["ask"]) == 2
