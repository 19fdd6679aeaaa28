"""Is the catalog that ships with the app right in itself: ids, dates, tags, sentences in both languages?"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date

import pytest

from core.papers.ids import month_of, parse_arxiv_id
from core.papers.source import Broken, Window
from core.papers.sources.starter import FOLDER, SOURCE, starter_paper
from core.papers.taxonomy import applications, stages, topics

WINDOW = Window(since=date(2026, 1, 1), until=date(2026, 1, 1))
LINES = [json.loads(line) for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
HANGUL = re.compile("[가-힣]")
EXAMPLE = {"id": "1706.03762", "title": "T", "categories": ["cs.CL"], "stages": ["build"], "en": ["A."], "ko": ["가."]}


def whole():
    (page,) = SOURCE.open().pages(WINDOW)
    return page


def test_there_are_at_least_200_papers_and_no_line_is_refused():
    page = whole()
    assert page.problems == ()
    assert len(page.papers) == page.said == page.received == len(LINES) >= 200
    assert page.requests == 0


def test_no_paper_is_there_twice():
    assert [id_ for id_, times in Counter(line["id"] for line in LINES).items() if times > 1] == []
    assert [title for title, times in Counter(line["title"].lower() for line in LINES).items() if times > 1] == []


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_a_line_is_sound(line):
    assert parse_arxiv_id(line["id"]) == (line["id"], None)
    assert line["title"] == " ".join(line["title"].split()) != ""
    assert line["authors"]
    assert all(line["authors"])
    assert line["categories"]
    assert set(line["stages"]) <= set(stages())
    assert line["stages"]
    assert set(line["topics"]) <= set(topics())
    assert 1 <= len(line["topics"]) <= 3
    assert set(line["applications"]) <= set(applications())
    for language in ("en", "ko"):
        assert len(line[language]) == 3
        assert all(sentence.strip() for sentence in line[language])
    assert not any(HANGUL.search(sentence) for sentence in line["en"])
    assert all(HANGUL.search(sentence) for sentence in line["ko"])


@pytest.mark.parametrize("line", [line for line in LINES if line["submitted"]], ids=lambda line: line["id"])
def test_a_submission_day_lies_in_the_month_of_the_id_or_just_before(line):
    day = date.fromisoformat(line["submitted"])
    year, month = month_of(line["id"])
    months = (day.year - year) * 12 + day.month - month
    assert months == 0 or (months == -1 and day.day >= 25)


def test_a_stated_day_is_kept_and_an_unknown_one_stays_unknown():
    submitted = {paper.id: paper.submitted for paper in whole().papers}
    for line in LINES:
        moment = submitted[line["id"]]
        assert (moment.date().isoformat() if moment else None) == line["submitted"]


def test_a_paper_carries_its_tags_and_both_summaries():
    line = LINES[0]
    paper = next(paper for paper in whole().papers if paper.id == line["id"])
    assert paper.stages == tuple(line["stages"])
    assert paper.topics == tuple(line["topics"])
    assert paper.applications == tuple(line["applications"])
    assert paper.summary == {"en": " ".join(line["en"]), "ko": " ".join(line["ko"])}
    assert paper.primary_category == line["categories"][0]


@pytest.mark.parametrize("missing", ["id", "title", "en", "ko"])
def test_a_line_without_its_facts_is_refused(missing):
    starter_paper(EXAMPLE)
    with pytest.raises(ValueError, match="no"):
        starter_paper({key: value for key, value in EXAMPLE.items() if key != missing})


def test_a_bad_line_is_a_problem_and_the_others_are_kept(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps(EXAMPLE) + "\n{broken\n", "utf-8")
    (page,) = SOURCE.open(folder=tmp_path).pages(WINDOW)
    assert len(page.papers) == 1
    assert [problem.where for problem in page.problems] == ["a.jsonl line 2"]


def test_a_missing_catalog_is_broken_not_empty(tmp_path):
    with pytest.raises(Broken, match="missing"):
        list(SOURCE.open(folder=tmp_path).pages(WINDOW))
