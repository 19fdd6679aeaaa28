"""Discovery: what lies in the package is found, and two of one name are an error."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.registry import DuplicateId, discover

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[[str, dict[str, str]], str]


def plugin(plugin_id: str) -> str:
    return f"class Plugin:\n    id = {plugin_id!r}\n\n\nPLUGIN = Plugin()\n"


@pytest.fixture
def make_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def make(name: str, files: dict[str, str]) -> str:
        for path, text in {"__init__.py": "", **files}.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        made.append(name)
        return name

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] in made]:
        del sys.modules[name]


def test_plugins_are_found_in_sub_packages_and_sorted(make_package: Make) -> None:
    package = make_package(
        "plugins_found",
        {
            "zebra.py": plugin("zebra"),
            "deep/__init__.py": "",
            "deep/two_words.py": plugin("two-words"),
            "other.py": "NOTHING = 1\n",
        },
    )
    assert list(discover(package, "PLUGIN")) == ["two-words", "zebra"]


def test_the_result_cannot_be_changed(make_package: Make) -> None:
    found = discover(make_package("plugins_fixed", {"one.py": plugin("one")}), "PLUGIN")
    with pytest.raises(TypeError):
        found["two"] = found["one"]  # type: ignore[index]


def test_an_id_that_is_not_the_files_name_is_an_error(make_package: Make) -> None:
    package = make_package("plugins_misnamed", {"one_two.py": plugin("one_two")})
    with pytest.raises(ValueError, match="id 'one_two' should be 'one-two'"):
        discover(package, "PLUGIN")


def test_two_plugins_of_one_id_are_an_error_that_names_both(make_package: Make) -> None:
    package = make_package(
        "plugins_twice",
        {
            "a/__init__.py": "",
            "a/same.py": plugin("same"),
            "b/__init__.py": "",
            "b/same.py": plugin("same"),
        },
    )
    with pytest.raises(DuplicateId, match=r"plugins_twice\.a\.same and plugins_twice\.b\.same"):
        discover(package, "PLUGIN")


def test_a_plugin_that_cannot_be_imported_is_not_passed_over(make_package: Make) -> None:
    package = make_package("plugins_broken", {"broken.py": "import no_such_library\n"})
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        discover(package, "PLUGIN")


def test_discovering_experiments_and_runners_loads_no_torch() -> None:
    program = (
        "import sys\nfrom core.registry import discover\n"
        "discover('core.experiments', 'EXPERIMENT')\ndiscover('app.runners', 'RUNNER')\n"
        "print(sorted({'torch', 'transformers', 'peft'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
