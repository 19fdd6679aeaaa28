"""`correct` and `retrain` on the command line: what they answer, and how they fail."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from app.settings import Settings
from db import retrainings
from db.connect import open_catalog
from db.tags import corrections, effective
from tests.core.papers.lens.lens_papers import papers_about
from tests.forked_app import run


@pytest.fixture
def catalog(environment: dict[str, str], tmp_path: Path) -> Path:
    """The catalog of a home with papers of three stages."""
    lines = [
        json.dumps({"id": paper.id, "title": paper.title, "abstract": paper.abstract})
        for stage in ("ask", "build", "align")
        for paper in papers_about(stage, 20)
    ]
    (tmp_path / "papers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run(environment, "import", str(tmp_path / "papers.jsonl")).returncode == 0
    return Settings(home=Path(environment["TRENDLAB_HOME"])).catalog


def stages(catalog: Path, paper_id: str) -> list[str]:
    with closing(open_catalog(catalog)) as db:
        return [tag.value for tag in effective(db, [paper_id])[paper_id] if tag.kind == "stage"]


def test_papers_are_corrected_together_retrained_on_and_taken_back(environment: dict[str, str], catalog: Path) -> None:
    mine = [paper.id for paper in papers_about("ask", 12)]
    found = run(environment, "correct", ",".join(mine), "build")
    assert found.returncode == 0 and found.stdout.splitlines() == [f"{paper}: build" for paper in mine]
    unseen = papers_about("ask", 20)[-1].id
    assert stages(catalog, unseen) == ["ask"]

    found = run(environment, "retrain")
    assert found.returncode == 0, found.stderr
    assert "8 of 60 papers have changed stage" in found.stdout
    assert "with fewer than 20 papers that says little" in found.stdout
    assert "retrain --undo" in found.stdout
    assert stages(catalog, unseen) == ["build"]

    again = run(environment, "retrain", "--json")
    report = json.loads(again.stdout)
    assert again.returncode == 0 and report["tagger"] == "retrained" and report["corrections"] == 12
    assert report["figures"]["corrections"]["after"]["right"] == 12
    assert report["moves"]["build"] == {"came": 8, "went": 0}

    found = run(environment, "retrain", "--undo", "--json")
    assert found.returncode == 0 and json.loads(found.stdout)["tagger"] == "shipped"
    assert stages(catalog, unseen) == ["ask"] and stages(catalog, mine[0]) == ["build"]
    found = run(environment, "retrain", "--undo")
    assert found.returncode == 0 and "the tagger is as shipped" in found.stdout

    assert run(environment, "correct", ",".join(mine), "--undo").returncode == 0
    assert stages(catalog, mine[0]) == ["ask"]


def test_what_a_killed_process_left_is_finished_first(environment: dict[str, str], catalog: Path) -> None:
    mine = [paper.id for paper in papers_about("ask", 12)]
    assert run(environment, "correct", ",".join(mine), "build").returncode == 0
    with closing(open_catalog(catalog)) as db:
        retrainings.ask(db)
    found = run(environment, "retrain", "--json")
    assert found.returncode == 0 and json.loads(found.stdout)["changed"] == 8
    with closing(open_catalog(catalog)) as db:
        row = retrainings.last(db)
    assert row is not None and (row.id, row.state) == (1, "finished")


def test_topics_and_fields_are_corrected_too(environment: dict[str, str], catalog: Path) -> None:
    one, two = (paper.id for paper in papers_about("ask", 2))
    assert run(environment, "correct", one, "peft", "agents", "--kind", "topic").returncode == 0
    assert run(environment, "correct", f"{one},{two}", "none", "--kind", "application").returncode == 0
    with closing(open_catalog(catalog)) as db:
        assert corrections(db, "topic") == {one: ("peft", "agents")}
        assert corrections(db, "application") == {two: (), one: ()}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["correct", "2601.00001"], 2, "name the right stages"),
        (["correct", "2601.00001", "cook"], 2, "the taxonomy has no stage 'cook'"),
        (["correct", "2601.00001", "build", "--kind", "colour"], 2, "stage, topic, application"),
        (["correct", "2601.00001,nonsense", "build"], 2, "not an arXiv id"),
        (["correct", "2601.00001,2601.99999", "build"], 1, "2601.00001, 2601.99999: not in the catalog"),
        (["correct", ",", "build"], 2, "name a paper"),
        (["retrain"], 1, "no stage is corrected yet"),
    ],
)
def test_bad_usage_is_one_line(environment: dict[str, str], arguments: list[str], code: int, says: str) -> None:
    found = run(environment, *arguments)
    assert found.returncode == code
    (line,) = found.stderr.splitlines()
    assert line.startswith("trendlab: ") and says in line


def test_one_unknown_paper_among_several_leaves_all_as_they_were(environment: dict[str, str], catalog: Path) -> None:
    known = papers_about("ask", 1)[0].id
    found = run(environment, "correct", f"{known},2601.99999", "build")
    assert found.returncode == 1 and "2601.99999: not in the catalog" in found.stderr and known not in found.stderr
    assert stages(catalog, known) == ["ask"]
