"""Does a training that is killed again and again, at random moments, end in the weights of one that nothing disturbed?

A nursery process imports torch once; each life is a child that it forks, which the test ends with SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.batches import random_batches
from core.training import checkpoint
from core.training.train import train

ROOT = Path(__file__).parents[3]
STEPS, KILLS = 60, 4
RUNS: dict[str, dict[str, Any]] = {
    "float32": {},
    "dropout, two batches a step": {"model": {"dropout": 0.2}, "accumulate": 2},
    "bfloat16": {"bfloat16": True},
}


def life(folder: Path, name: str, save_every: int) -> None:
    """Train, or go on, to the end; tell every step."""
    run = dict(RUNS[name])
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=32, hidden_size=32, num_hidden_layers=1, **run.pop("model", {})))
    ids = torch.randint(32, (500,), generator=torch.Generator().manual_seed(0))
    batches = random_batches(ids, batch=4, time=16, seed=3)
    how = {"steps": STEPS, "learning_rate": 1e-2, "warmup": 5, "seed": 1, "save_every": save_every}
    for record in train(model, batches, folder=folder, resume=True, **how, **run):
        tell([record.step, record.loss, record.learning_rate, record.gradient_norm, record.tokens])
    torch.save(dict(model.state_dict()), folder / "end.pt")


def tell(what: Any) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())


def nursery() -> None:
    """For each line of stdin one life: its process id, its steps, and how it ended."""
    torch.set_num_threads(1)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            tell({"pid": os.getpid()})
            folder, name, save_every = json.loads(line)
            life(Path(folder), name, save_every)
            os._exit(0)
        tell({"ended": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})


@pytest.fixture(scope="module")
def lives() -> Iterator[subprocess.Popen[str]]:
    code = "from tests.core.training.test_kill import nursery; nursery()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


def live(
    lives: subprocess.Popen[str], *order: Any, steps: int | None = None, wait: float = 0.0
) -> tuple[int, list[list[float]]]:
    """One life, killed `wait` seconds after so many steps (None: it may end); its exit code, and the steps it told."""
    lives.stdin.write(json.dumps(order) + "\n")
    lives.stdin.flush()
    pid = json.loads(lives.stdout.readline())["pid"]
    told: list[list[float]] = []
    while True:
        if len(told) == steps:
            time.sleep(wait)
            os.kill(pid, signal.SIGKILL)
            steps = None
        line = json.loads(lives.stdout.readline())
        if isinstance(line, dict):
            return line["ended"], told
        told.append(line)


def end(folder: Path) -> dict[str, Tensor]:
    return torch.load(folder / "end.pt", weights_only=True)


@pytest.mark.parametrize("name", RUNS)
def test_kills_at_random_moments_change_nothing(lives: subprocess.Popen[str], tmp_path: Path, name: str) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    straight.mkdir()
    code, expected = live(lives, str(straight), name, 0)
    assert (code, len(expected)) == (0, STEPS)

    chance = random.Random(name)
    reached = 0
    for _ in range(KILLS):
        # Every second step is followed by a checkpoint, so that many of the moments fall into one being written.
        steps, wait = chance.randrange(7), chance.uniform(0.0, 0.008)
        code, told = live(lives, str(killed), name, 2, steps=steps, wait=wait)
        assert code == -signal.SIGKILL
        begun = told[0][0] if told else reached + 1
        assert reached <= begun <= reached + 2, "it goes on behind the last checkpoint, told or not"
        assert told == expected[begun - 1 : begun - 1 + len(told)], "with the numbers of a run that was never stopped"
        reached = max(reached, begun - 1 + len(told))
    assert 0 < reached < STEPS, "the kills fell into the training"

    code, told = live(lives, str(killed), name, 2)
    assert code == 0
    assert told == expected[-len(told) :]
    one, two = end(straight), end(killed)
    assert one.keys() == two.keys()
    assert all(torch.equal(weights, two[key]) for key, weights in one.items())


def test_what_a_kill_leaves_of_a_half_written_checkpoint_does_no_harm(
    lives: subprocess.Popen[str], tmp_path: Path
) -> None:
    code, told = live(lives, str(tmp_path), "float32", 2, steps=5)
    assert code == -signal.SIGKILL
    path = tmp_path / checkpoint.NAME
    (tmp_path / f".{checkpoint.NAME}.part").write_bytes(path.read_bytes()[:1000])
    code, rest = live(lives, str(tmp_path), "float32", 2)
    assert code == 0
    assert rest[0][0] >= 5
    assert rest[0][0] % 2 == 1, "it goes on behind a whole checkpoint"
    assert rest[-1][0] == STEPS
    assert not (tmp_path / f".{checkpoint.NAME}.part").exists()
