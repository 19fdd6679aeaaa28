"""Do two processes that share every batch take the steps of one? Real processes, connected by gloo on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import accelerate  # noqa: F401 (once, before the processes part)
import pytest
import torch
from torch import Tensor

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.batches import random_batches
from core.training import checkpoint, parallel
from core.training.inputs import Batch
from core.training.launching import environments
from core.training.parallel import Processes
from core.training.train import Diverged, train

ROOT = Path(__file__).parents[3]
ROW = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3] * 20)
HOW: dict[str, Any] = {"steps": 6, "learning_rate": 1e-2, "warmup": 2, "weight_decay": 0.1}


def model(dtype: torch.dtype = torch.float32, **settings: Any) -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=16, hidden_size=32, num_hidden_layers=1, **settings)).to(dtype)


def plain() -> Iterator[Batch]:
    """Five rows do not divide by two."""
    return random_batches(ROW, batch=5, time=24, seed=1)


def uneven() -> Iterator[Batch]:
    """Rows of which few labels count; in every second batch none of the second process's do."""
    for number, ids in enumerate(random_batches(ROW, batch=4, time=24, seed=1)):
        labels = ids.masked_fill(torch.arange(24) < torch.tensor([[23], [0], [20], [9]]), -100)
        if number % 2:
            labels[2:] = -100
        yield {"input_ids": ids, "labels": labels}


def poisoned() -> Iterator[Batch]:
    """From the third step on the second process's rows come with a state that is no number."""
    for number, ids in enumerate(random_batches(ROW, batch=4, time=24, seed=1)):
        states = torch.zeros(4, 24, 32)
        states[2:] = float("nan") if number == 2 else 1.0
        yield {"inputs_embeds": states, "labels": ids}


RUNS: dict[str, dict[str, Any]] = {
    "float32": {"model": {}, "batches": plain, "how": {}},
    "float64": {"model": {"dtype": torch.float64}, "batches": plain, "how": {}},
    "uneven labels, accumulated": {"model": {}, "batches": uneven, "how": {"accumulate": 2}},
    "bfloat16": {"model": {}, "batches": plain, "how": {"bfloat16": True}},
}


def work_together(folder: str) -> None:
    """What each of the processes does."""
    torch.set_num_threads(1)
    processes = parallel.join("cpu")
    said: dict[str, Any] = {"rank": processes.rank, "count": processes.count, "records": {}}
    for name, run in RUNS.items():
        trained = model(**run["model"])
        records = train(
            trained, run["batches"](), processes=processes, folder=Path(folder, name), **{**HOW, **run["how"]}
        )
        said["records"][name] = [[record.loss, record.gradient_norm, record.tokens] for record in records]
        torch.save(dict(trained.state_dict()), Path(folder, f"{name} {processes.rank}.pt"))

    resumed = Path(folder, "resumed")
    first = train(model(), plain(), processes=processes, folder=resumed, save_every=2, **HOW)
    if processes.first:
        said["begun"] = [next(first).loss for _ in range(4)]
        first.close()
    else:
        # The other process takes four steps and no more: it has nothing to yield, and does not wait for a caller.
        short = (batch for _, batch in zip(range(4), plain(), strict=False))
        with pytest.raises(ValueError, match="ended in step 5"):
            next(train(model(), short, processes=processes, folder=resumed, **HOW))
    processes.wait()  # for the checkpoint
    again = train(model(), plain(), processes=processes, folder=resumed, resume=True, **HOW)
    said["resumed"] = [record.loss for record in again]

    spoiled = model()
    try:
        list(train(spoiled, poisoned(), processes=processes, **HOW))
    except Diverged as error:
        said["diverged"] = str(error)
    said["whole"] = all(bool(weights.isfinite().all()) for weights in spoiled.parameters())
    try:
        list(train(model(), (batch[:1] for batch in plain()), processes=processes, **HOW))
    except ValueError as error:
        said["few rows"] = str(error)
    Path(folder, f"{processes.rank}.json").write_text(json.dumps(said))


def start(folder: str) -> None:
    """Two processes, forked from one that has imported what they need."""
    children = []
    for environment in environments(2):
        pid = os.fork()
        if pid == 0:
            os.environ.update(environment)
            work_together(folder)
            os._exit(0)
        children.append(pid)
    ended = [os.waitpid(pid, 0)[1] for pid in children]
    sys.exit(any(ended))


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder that two processes left, and what each has to say."""
    folder = tmp_path_factory.mktemp("together")
    code = f"from tests.core.training.test_parallel import start; start({str(folder)!r})"
    started = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told, _ = started.communicate(timeout=120)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
    assert started.returncode == 0, told
    return folder, [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def alone(name: str) -> tuple[list[list[float]], dict[str, Tensor]]:
    """Records and weights of the same run in this process."""
    run = RUNS[name]
    trained = model(**run["model"])
    records = list(train(trained, run["batches"](), **{**HOW, **run["how"]}))
    return [[record.loss, record.gradient_norm, record.tokens] for record in records], dict(trained.state_dict())


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("float32", 1e-6), ("float64", 1e-12), ("uneven labels, accumulated", 1e-6), ("bfloat16", 2e-2)],
)
def test_the_steps_are_those_of_one_process(
    together: tuple[Path, list[dict[str, Any]]], name: str, tolerance: float
) -> None:
    folder, (first, second) = together
    records, weights = alone(name)
    assert second["records"][name] == [], "only the first process tells"
    for shared, single in zip(first["records"][name], records, strict=True):
        assert shared[0] == pytest.approx(single[0], abs=tolerance)
        assert shared[1] == pytest.approx(single[1], rel=20 * tolerance)
        assert shared[2] == single[2], "tokens of both count"
    both = [torch.load(folder / f"{name} {rank}.pt", weights_only=True) for rank in range(2)]
    for key, weight in weights.items():
        assert torch.equal(both[0][key], both[1][key]), "the processes hold one model"
        assert torch.allclose(both[0][key], weight, atol=10 * tolerance)


def test_a_checkpoint_is_written_once_and_all_go_on_from_it(together: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, (first, second) = together
    losses = [loss for loss, _, _ in first["records"]["float32"]]
    assert first["begun"] == losses[:4]
    assert first["resumed"] == losses[4:]
    assert second["resumed"] == []
    # Its weights carry the model's own names, so one process could go on as well.
    rest = list(train(model(), plain(), folder=folder / "float32", resume=True, **HOW))
    assert rest == []
    assert checkpoint.exists(folder / "resumed")


def test_a_step_that_is_bad_for_one_process_stops_all_before_it_spoils_a_weight(
    together: tuple[Path, list[dict[str, Any]]],
) -> None:
    for said in together[1]:
        assert "the loss is nan at step 3" in said["diverged"]
        assert said["whole"]


def test_a_batch_too_small_to_share_is_named(together: tuple[Path, list[dict[str, Any]]]) -> None:
    for said in together[1]:
        assert said["few rows"].startswith("input_ids has 1 rows for 2 processes; give larger batches")


def test_rows_are_shared_without_loss() -> None:
    rows = {"input_ids": torch.arange(10).view(5, 2)}
    shares = [Processes(rank=rank, count=3).share(rows)["input_ids"] for rank in range(3)]
    assert [len(share) for share in shares] == [2, 2, 1]
    assert torch.equal(torch.cat(shares), rows["input_ids"])


def test_a_process_that_was_started_alone_is_the_first_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    found = parallel.join()
    assert (found.first, found.count, found.device) == (True, 1, None)
