"""Does the loop learn, follow its schedule, stop at nonsense, and go on as if nothing had happened?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.text.batches import random_batches
from core.training import checkpoint
from core.training.checkpoint import CannotResume
from core.training.train import Diverged, StepRecord, scheduled_rate, train

TEXT = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3] * 20)


def make(**settings: object) -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=16, hidden_size=32, num_hidden_layers=1, **settings))


def batches(seed: int = 0) -> Iterator[Tensor]:
    return random_batches(TEXT, batch=4, time=24, seed=seed)


def weights(model: GPT) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def equal(one: list[Tensor], two: list[Tensor]) -> bool:
    return all(torch.equal(left, right) for left, right in zip(one, two, strict=True))


def test_a_model_learns_a_text_by_heart() -> None:
    records = list(train(make(), batches(), steps=60, learning_rate=1e-2, warmup=5))
    assert [record.step for record in records] == list(range(1, 61))
    assert records[0].loss == pytest.approx(torch.log(torch.tensor(16.0)).item(), abs=0.15)
    assert records[-1].loss < 0.4
    assert records[-1].tokens == 60 * 4 * 24
    assert records[-1].tokens_per_second > 0


def test_bfloat16_learns_the_same_and_keeps_float32_weights() -> None:
    model = make()
    exact = list(train(make(), batches(), steps=30, learning_rate=1e-2))[-1].loss
    rough = list(train(model, batches(), steps=30, learning_rate=1e-2, bfloat16=True))[-1].loss
    assert rough == pytest.approx(exact, abs=0.15)
    assert model.dtype == torch.float32


def test_the_rate_rises_in_a_line_and_falls_in_a_cosine() -> None:
    rate = lambda step: scheduled_rate(step, steps=110, peak=1.0, warmup=10, final_fraction=0.1)  # noqa: E731
    assert [rate(step) for step in (1, 5, 10)] == pytest.approx([0.1, 0.5, 1.0])
    assert rate(60) == pytest.approx(0.55)
    assert rate(110) == pytest.approx(0.1)
    assert scheduled_rate(1, steps=1, peak=1.0, warmup=0, final_fraction=0.0) == pytest.approx(0.0)


def test_accumulated_batches_are_one_large_batch() -> None:
    halves = [half for batch in islice(batches(), 3) for half in batch.split(2)]
    together, apart = make(), make()
    one = list(train(together, batches(), steps=3, learning_rate=1e-2))
    two = list(train(apart, iter(halves), steps=3, learning_rate=1e-2, accumulate=2))
    assert [record.loss for record in one] == pytest.approx([record.loss for record in two], rel=1e-4)
    assert [record.tokens for record in one] == [record.tokens for record in two]
    for left, right in zip(weights(together), weights(apart), strict=True):
        assert torch.allclose(left, right, atol=1e-4)


def test_only_what_requires_a_gradient_moves() -> None:
    model = make().requires_grad_(False)
    model.model.layers[0].mlp.requires_grad_(True)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    list(train(model, batches(), steps=2, learning_rate=1e-2))
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert moved == {f"model.layers.0.mlp.{part}_proj.weight" for part in ("gate", "up", "down")}


def test_labels_of_a_mapping_say_what_counts() -> None:
    text = torch.tensor([[3, 1, 4, 1, 5]])
    labels = torch.tensor([[-100, -100, -100, 1, 5]])
    model = make()
    expected = model(input_ids=text, labels=labels).loss.item()
    record = next(train(model, iter([{"input_ids": text, "labels": labels}]), steps=1, learning_rate=0.0))
    assert record.loss == pytest.approx(expected)
    assert expected != pytest.approx(model(input_ids=text, labels=text).loss.item())


def test_clipping_bounds_the_step_but_not_the_reported_norm() -> None:
    free = next(train(make(), batches(), steps=1, learning_rate=1e-3, clip=0))
    bound = next(train(make(), batches(), steps=1, learning_rate=1e-3, clip=1e-6))
    assert free.gradient_norm == pytest.approx(bound.gradient_norm)
    assert bound.gradient_norm > 1e-3


def test_a_loss_that_is_no_number_stops_the_run_before_it_spoils_the_weights() -> None:
    model = make()
    with torch.no_grad():
        model.model.norm.weight[0] = float("nan")
    before = weights(model)[:-1]
    with pytest.raises(Diverged, match="the loss is nan at step 1; lower the learning rate"):
        next(train(model, batches(), steps=5, learning_rate=1e-2))
    assert equal(weights(model)[:-1], before)


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.2, "tie_word_embeddings": False}], ids=["plain", "dropout"])
def test_a_run_that_was_stopped_goes_on_bit_by_bit(tmp_path: Path, settings: dict) -> None:
    how = {"steps": 12, "learning_rate": 1e-2, "warmup": 3, "accumulate": 2, "seed": 7}
    straight = make(**settings)
    expected = list(train(straight, batches(), **how))

    stopped = train(make(**settings), batches(), folder=tmp_path, save_every=5, **how)
    begun = list(islice(stopped, 7))  # two steps beyond the checkpoint are lost, and done again
    stopped.close()
    torch.manual_seed(999)
    torch.rand(5)
    resumed = make(**settings)
    rest = list(train(resumed, batches(), folder=tmp_path, save_every=5, resume=True, **how))

    def facts(records: list[StepRecord]) -> list[dict]:
        return [asdict(replace(record, tokens_per_second=0.0)) for record in records]

    assert facts(begun) == facts(expected[:7])
    assert facts(rest) == facts(expected[5:])
    assert equal(weights(resumed), weights(straight))


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    model = make()
    list(train(model, batches(), steps=3, learning_rate=1e-2, folder=tmp_path))
    again = make()
    assert list(train(again, batches(), steps=3, learning_rate=1e-2, folder=tmp_path, resume=True)) == []
    assert equal(weights(again), weights(model))


def test_without_resume_a_run_begins_again(tmp_path: Path) -> None:
    list(train(make(), batches(), steps=2, learning_rate=1e-2, folder=tmp_path))
    assert next(train(make(), batches(), steps=2, learning_rate=1e-2, folder=tmp_path)).step == 1


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    list(train(make(), batches(), steps=2, learning_rate=1e-2, folder=tmp_path))
    with pytest.raises(CannotResume, match="was made with"):
        next(train(make(), batches(), steps=2, learning_rate=2e-2, folder=tmp_path, resume=True))
    with pytest.raises(CannotResume, match="another model's weights"):
        next(train(make(mlp_bias=True), batches(), steps=2, learning_rate=1e-2, folder=tmp_path, resume=True))
    path = tmp_path / checkpoint.NAME
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(CannotResume, match="is damaged"):
        next(train(make(), batches(), steps=2, learning_rate=1e-2, folder=tmp_path, resume=True))


def test_settings_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="steps 2, warmup 3"):
        next(train(make(), batches(), steps=2, warmup=3, learning_rate=1e-2))
    with pytest.raises(ValueError, match="the batches ended in step 2"):
        list(train(make(), islice(batches(), 1), steps=2, learning_rate=1e-2))
    with pytest.raises(ValueError, match="no parameter requires a gradient"):
        next(train(make().requires_grad_(False), batches(), steps=2, learning_rate=1e-2))
