"""`models`: the list, a download with its end, and folders of one's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app import downloads
from app.cli import run
from core.gpt.config import GPTConfig
from core.gpt.loading import checkpoints
from core.gpt.model import GPT
from tests.core.gpt.loading.hub_server import Hub, files_of, served

ROOT = Path(__file__).resolve().parents[3]
FILES = {"config.json": b'{"model_type": "gpt2"}', "model.safetensors": os.urandom(5_000_000)}


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Hub]:
    """A hub that the commands ask."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN"):
        environment.pop(name, None)
    with served(dict(FILES)) as found:
        environment |= {"TRENDLAB_HF_URL": found.url, "HF_HOME": str(tmp_path / "hf")}
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of one's own."""
    checkpoints.save(GPT(GPTConfig(vocab_size=64, hidden_size=32, num_hidden_layers=1)), tmp_path / "mine")
    return tmp_path / "mine"


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "models", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def listed(environment: dict[str, str]) -> dict[str, dict[str, object]]:
    return {entry["name"]: entry for entry in json.loads(command(environment, "--json").stdout)}


def test_a_folder_is_listed_until_it_is_removed(environment: dict[str, str], folder: Path) -> None:
    environment["HF_HOME"] = str(folder.parent / "hf")
    assert command(environment, "add", str(folder)).returncode == 0
    found = listed(environment)
    mine = found[str(folder)]
    assert mine["kind"] == "folder" and mine["memory"] == 4 * int(str(mine["parameters"]))
    assert found["nano"]["here"] and not found["openai-community/gpt2"]["here"]
    assert command(environment, "remove", str(folder)).returncode == 0
    assert str(folder) not in command(environment).stdout and (folder / "config.json").exists()
    again = command(environment, "remove", str(folder))
    assert again.returncode == 1 and "is not among the folders that were added: none" in again.stderr


def test_a_download_ends_with_its_folder(environment: dict[str, str], server: Hub) -> None:
    found = command(environment, "download", "tiny/gpt2", "--json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["bytes"] == sum(map(len, FILES.values()))
    assert files_of(Path(answer["folder"])) == FILES
    server.seen.clear()
    assert command(environment, "download", "tiny/gpt2").returncode == 0
    assert not server.fetched("model.safetensors")


def test_ctrl_c_is_one_line_and_the_same_command_goes_on(environment: dict[str, str], server: Hub) -> None:
    server.hold = 2_500_000
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "models", "download", "tiny/gpt2"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # What a shell starts in the background ignores it, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    parts = Path(environment["HF_HOME"]) / "hub" / "models--tiny--gpt2" / "blobs"
    while process.poll() is None and not any(path.stat().st_size > 10**6 for path in parts.glob("*.incomplete")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    line = r"trendlab: tiny/gpt2: cancelled; [12]\.\d MB of 5\.0 MB are kept, the same command goes on there"
    assert re.fullmatch(line, said.splitlines()[-1]), said
    server.hold = None
    assert command(environment, "download", "tiny/gpt2").returncode == 0
    assert len(server.fetched("model.safetensors")) == 2
    assert server.fetched("model.safetensors")[1] != "bytes=0-"


def test_ctrl_c_while_the_hub_is_asked_is_one_line(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(downloads, "ask", interrupted)
    assert run(["models", "download", "tiny/gpt2"]) == downloads.CANCELLED
    assert capsys.readouterr().err == "trendlab: tiny/gpt2: cancelled; nothing was fetched\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["download", "not a name"], 2, "write it as owner/name"),
        (["download", "tiny/gone"], 1, "no such model, or it is private (404)"),
        (["download", "tiny/huge"], 1, "needs 2000000.0 GB of memory in half precision"),
        (["add", "/nowhere"], 1, "/nowhere: there is no config.json"),
        (["add", "~nobody-here/x"], 1, "~nobody-here/x cannot be read (Could not determine home directory.)"),
        (["remove", "~nobody-here/x"], 1, "~nobody-here/x cannot be read"),
    ],
)
def test_what_goes_wrong_is_one_line(
    environment: dict[str, str], server: Hub, arguments: list[str], code: int, says: str
) -> None:
    server.refuse["/api/models/tiny/gone"] = 404, {"X_Error_Code": "RepoNotFound"}
    server.card["safetensors"] = {"parameters": {"BF16": 10**15}, "total": 10**15}
    found = command(environment, *arguments)
    assert found.returncode == code, found.stderr
    assert len(found.stderr.splitlines()) == 1 and says in found.stderr, found.stderr
