"""The documents say what is so: the README's table is what the command prints, its tree is the tree there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from app.benchmarks import core, ui
from app.benchmarks.catalog import RECORDED, markdown
from app.cli import app
from app.commands import lens
from app.commands.lab import markdown_table
from app.settings import Settings
from core.registry import discover

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_recorded_verdicts() -> None:
    between = re.search(r"<!-- experiments: begin.*?-->\n(.*?)<!-- experiments: end -->", README, re.DOTALL)
    assert between is not None
    table = markdown_table(discover("core.experiments", "EXPERIMENT").values())
    assert between[1].strip() == table, "run: python -m app experiments --markdown, and put its table into README.md"


def test_the_readme_shows_the_recorded_benchmark() -> None:
    between = re.search(r"<!-- catalog: begin.*?-->\n(.*?)<!-- catalog: end -->", README, re.DOTALL)
    assert between is not None
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert between[1].strip() == markdown(recorded), "run: python -m app bench catalog --recorded"
    assert recorded["papers"] == 1_000_000
    assert re.fullmatch("[0-9a-f]{40}", recorded["commit"]), "recorded from a commit, without changes beside it"


def test_the_readme_shows_the_recorded_benchmark_of_the_interface() -> None:
    between = re.search(r"<!-- ui: begin.*?-->\n(.*?)<!-- ui: end -->", README, re.DOTALL)
    assert between is not None
    found = ui.recorded()
    assert between[1].strip() == ui.markdown(found), "run: python -m app bench ui --recorded"
    assert found["papers"] == 1_000_000
    assert re.fullmatch("[0-9a-f]{40}", found["commit"]), "recorded from a commit, without changes beside it"


def test_the_readme_shows_the_recorded_benchmarks_of_the_core() -> None:
    between = re.search(r"<!-- core: begin.*?-->\n(.*?)<!-- core: end -->", README, re.DOTALL)
    assert between is not None
    records = core.recorded()
    assert between[1].strip() == core.markdown(records), "run: python -m app bench core --recorded"
    for record in records:
        assert re.fullmatch("[0-9a-f]{40}", record["commit"]), "recorded from a commit, without changes beside it"
        assert not record["quick"]


def test_the_readme_shows_how_good_the_tagger_is() -> None:
    between = re.search(r"<!-- lens: begin.*?-->\n(.*?)<!-- lens: end -->", README, re.DOTALL)
    assert between is not None
    assert between[1].strip() == lens.markdown_table(), "run: python -m app lens --markdown"


def test_the_readme_names_every_command() -> None:
    names = {command.name or command.callback.__name__.rstrip("_") for command in app.registered_commands}
    missing = {name for name in names if f"`{name}" not in README and f" {name}" not in README}
    assert not missing


def test_every_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_every_path_of_the_readme_s_tree_is_there() -> None:
    tree = re.search(r"```\nstreamlit_app.py(.*?)```", README, re.DOTALL)
    assert tree is not None
    folder = ROOT
    for line in tree[1].splitlines():
        name = re.match(r"^(  )?([a-z_]+(?:\.py|/))", line)
        if name is None:
            continue
        if name[1] is None:
            folder = ROOT / name[2] if name[2].endswith("/") else ROOT
            assert (ROOT / name[2]).exists(), name[2]
        else:
            assert (folder / name[2]).exists(), f"{folder.name}/{name[2]}"


def test_every_setting_has_help() -> None:
    assert all(field.description for field in Settings.model_fields.values())
