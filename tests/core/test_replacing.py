"""A file that is written anew: whole for who reads it, as it was after an error, with nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.replacing import put, replacing

ENDLESS = """
import sys
from pathlib import Path
from core.replacing import put
number = 0
while True:
    number += 1
    put(Path(sys.argv[1]), f"{number % 10}" * 200_000, durable=True)
    print(number, flush=True)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_the_new_content_takes_the_place_of_the_old_and_nothing_is_left(
    tmp_path: Path, shared: bool, durable: bool
) -> None:
    path = tmp_path / "card.json"
    path.write_text("old")
    put(path, "새것", shared=shared, durable=durable)
    assert path.read_text(encoding="utf-8") == "새것"
    put(path, b"\x00\xff", shared=shared, durable=durable)
    assert path.read_bytes() == b"\x00\xff"
    assert names(tmp_path) == ["card.json"]


def test_until_the_block_ends_readers_see_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_text("old")
    with replacing(path) as beside:
        beside.write_text("half")
        assert path.read_text() == "old"
    assert path.read_text() == "half"


def test_an_error_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as beside:
            beside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["weights"]


def test_a_folder_that_is_missing_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put(tmp_path / "missing" / "card.json", "new")


def test_a_kill_at_any_moment_leaves_one_content_whole(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    for rounds in (1, 2, 5):
        with subprocess.Popen([sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(rounds):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
        found = path.read_text()
        assert found == found[0] * 200_000
    # What the kill left is written over by the next writer.
    put(path, "new")
    assert names(tmp_path) == ["card.json"]


def test_who_shares_a_file_writes_it_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "stands.json"
    together = threading.Barrier(4)
    failed: list[OSError] = []

    def write(letter: str) -> None:
        together.wait()
        try:
            for _ in range(200):
                put(path, letter * 1000, shared=True)
        except OSError as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failed
    found = path.read_text()
    assert found == found[0] * 1000
    assert names(tmp_path) == ["stands.json"]
