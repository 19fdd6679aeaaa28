"""The command line: what it answers, and how it fails: one line, exit code 1 or 2, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked_app import run

ROOT = Path(__file__).resolve().parents[2]


def command(environment: dict[str, str], *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Python started anew."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    "arguments", [["runs", "--json"], ["tag", "-"], ["frobnicate"], ["run", "attention-maps", "--set", "texts=-1"]]
)
def test_a_command_does_the_same_whether_python_is_started_for_it_or_not(
    environment: dict[str, str], arguments: list[str]
) -> None:
    # The other tests of commands fork them from a process that has imported them already.
    text = json.dumps({"id": "2601.00001", "title": "Prompting language models"}) + "\n"
    one, other = (each(environment, *arguments, text=text) for each in (command, run))
    assert one.stdout or one.stderr
    assert (one.returncode, one.stdout, one.stderr) == (other.returncode, other.stdout, other.stderr)


def test_a_command_does_not_wait_for_libraries_that_it_does_not_use() -> None:
    code = (
        "import sys\n"
        "import app.cli, app.queue, app.retraining.background\n"
        "heavy = {'pandas', 'torch', 'transformers', 'sklearn', 'scipy', 'plotly', 'streamlit'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import pandas\n"
        "assert pandas.DataFrame({'a': [1]}).size == 1\n"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["frobnicate"], 2, "No such command"),
        (["sync", "--since", "2026-13-01"], 2, "write it as 2026-08-20"),
        (["sync", "--since", "2026-08-02", "--until", "2026-08-01"], 2, "swap the two dates"),
        (["sync", "--source", "elsewhere"], 2, "arxiv, huggingface"),
        (["sync", "--categories", "cs.CL) OR x"], 2, "not an arXiv category"),
        (["run", "attention-map"], 2, "did you mean 'attention-maps'?"),
        (["run", "attention-maps", "--set", "colour=red"], 2, "unknown parameter 'colour'"),
        (["run", "attention-maps", "--set", "texts=-1"], 2, "texts: -1 is not between"),
        (["run", "attention-maps", "--set", "texts"], 2, "name=value"),
        (["run", "attention-maps", "--preset", "eternal"], 2, "eternal"),
        (["run", "attention-maps", "--device", "abacus"], 2, "abacus"),
        (["import", "/nowhere/papers.xml"], 1, "/nowhere/papers.xml"),
        (["import", "x", "--format", "scroll"], 2, "unknown format 'scroll'"),
        (["cancel", "20260101-000000-abcdef"], 1, "no run"),
        (["replay", "20260101-000000-abcdef"], 1, "no run"),
        (["correct", "2106.09685", "adapt"], 1, "not in the catalog"),
        (["correct", "not-an-id", "adapt"], 2, "not an arXiv id"),
        (["note", "x", "--run", "20260101-000000-abcdef"], 1, "no run"),
        (["export", "summary", "--format", "papyrus"], 2, "summary-markdown"),
        (["export", "everything"], 2, "summary, papers, notebook"),
        (["trends", "--by", "moon"], 2, "day, week, month"),
        (["train", "giga"], 2, "nano"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_one_line(environment: dict[str, str], arguments: list[str], code: int, says: str) -> None:
    found = run(environment, *arguments)
    lines = found.stderr.splitlines()
    assert found.returncode == code, found.stderr
    assert len(lines) == 1 and lines[0].startswith("trendlab: ") and says in lines[0], found.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TRENDLAB_ARXIV_DELAY", "1", "terms"),
        ("TRENDLAB_ARXIV_DELAY", "soon", "TRENDLAB_ARXIV_DELAY"),
        ("TRENDLAB_ARXIV_URL", "ftp://arxiv.org", "http"),
        ("TRENDLAB_LANGUAGE", "fr", "TRENDLAB_LANGUAGE"),
        ("TRENDLAB_CATEGORIES", "cs.CL,(bad", "TRENDLAB_CATEGORIES"),
    ],
)
def test_a_bad_setting_is_named(environment: dict[str, str], name: str, value: str, says: str) -> None:
    found = run(environment | {name: value}, "runs")
    assert found.returncode == 2
    assert len(found.stderr.splitlines()) == 1 and says in found.stderr


def test_a_home_that_is_a_file_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "flat").write_text("", encoding="utf-8")
    found = run(environment | {"TRENDLAB_HOME": str(tmp_path / "flat")}, "runs")
    assert found.returncode == 1
    assert len(found.stderr.splitlines()) == 1


def test_tag_reads_and_writes_json_lines_without_a_catalog(environment: dict[str, str], tmp_path: Path) -> None:
    papers = [
        {"id": "2601.00001", "title": "Low-rank adaptation of large language models", "abstract": None},
        {"id": "2601.00002", "title": "A catalogue of sea shells", "abstract": "We draw shells."},
    ]
    lines = "".join(json.dumps(paper) + "\n" for paper in papers)
    found = run(environment, "tag", "-", text=lines)
    assert found.returncode == 0, found.stderr
    first, second = map(json.loads, found.stdout.splitlines())
    assert first["stages"][0] == "adapt"
    assert set(first["confidence"]) == {"build", "adapt", "align", "ask"}
    assert any("adaptation" in phrase.lower() for phrase in first["evidence"]["adapt"])
    assert second["stages"] == []
    assert not (tmp_path / "home").exists(), "tagging needs no catalog"
    assert run(environment, "tag", "-", text=lines).stdout == found.stdout


def test_tag_names_a_bad_line_and_keeps_the_rest(environment: dict[str, str]) -> None:
    found = run(environment, "tag", text='{"id": "2601.00001", "title": "Prompting"}\nnot json\n')
    assert found.returncode == 1
    assert "line 2" in found.stderr
    assert json.loads(found.stdout)["id"] == "2601.00001"


def test_a_paper_goes_in_is_found_corrected_and_exported(environment: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "papers.jsonl"
    source.write_text('{"id": "2601.00001", "title": "Prompting language models with care"}\n', encoding="utf-8")
    first = json.loads(run(environment, "import", str(source), "--json").stdout)
    again = json.loads(run(environment, "import", str(source), "--json").stdout)
    assert ([row["new"] for row in first], [row["new"] for row in again]) == ([1], [0])
    assert first[0]["file"] == str(source)
    assert run(environment, "correct", "2601.00001", "align").returncode == 0
    assert run(environment, "save", "2601.00001").returncode == 0
    assert json.loads(run(environment, "search", "prompting -care", "--json").stdout) == []
    (found,) = json.loads(run(environment, "search", "prompting", "--json").stdout)
    assert (found["id"], found["stages"]) == ("2601.00001", ["align"])
    note = ("note", "Read **this**.", "--paper", "2601.00001", "--title", "Monday")
    assert run(environment, *note).returncode == 0
    written = run(environment, "export", "notebook").stdout
    assert "Monday" in written and "Read **this**." in written and "2601.00001" in written
    out = tmp_path / "papers.csv"
    assert run(environment, "export", "papers", "--format", "papers-csv", "--out", str(out)).returncode == 0
    assert "Prompting language models with care" in out.read_text(encoding="utf-8-sig")


def test_the_web_side_never_imports_torch() -> None:
    code = (
        "import sys\n"
        "from core.registry import discover\n"
        "import app.ui.shell\n"
        "plugins = {'pages': 'PAGE', 'core.experiments': 'EXPERIMENT', 'core.exports': 'EXPORT',\n"
        "           'core.papers.sources': 'SOURCE', 'core.papers.formats': 'FORMAT', 'app.runners': 'RUNNER'}\n"
        "for package, attribute in plugins.items():\n"
        "    assert discover(package, attribute), package\n"
        "heavy = {'torch', 'transformers', 'peft', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def test_the_router_runs_without_torch(home: Path) -> None:
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60).run()\n"
        "assert not app.exception, app.exception\n"
        "assert 'torch' not in sys.modules\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TRENDLAB_HOME": str(home)}
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
