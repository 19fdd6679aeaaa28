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
from core.training.flops import TrainingFlops
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


def test_every_label_weighs_alike_in_whichever_batch_it_is() -> None:
    ids = next(batches())
    few = ids.masked_fill(torch.arange(24) < torch.tensor([[23], [20], [24], [24]]), -100)
    none = torch.full_like(ids, -100)
    parts = [{"input_ids": ids, "labels": labels} for labels in (ids, few, none)]
    whole = {"input_ids": ids.repeat(3, 1), "labels": torch.cat((ids, few, none))}
    apart, together = make().double(), make().double()
    one = next(train(apart, iter(parts), steps=1, accumulate=3, learning_rate=1e-2, clip=0))
    two = next(train(together, iter([whole]), steps=1, learning_rate=1e-2, clip=0))
    assert one.loss == pytest.approx(two.loss, rel=1e-12)
    assert one.gradient_norm == pytest.approx(two.gradient_norm, rel=1e-12)
    assert all(torch.allclose(*pair, atol=1e-9) for pair in zip(weights(apart), weights(together), strict=True))


def test_a_two_sided_model_weighs_the_label_of_the_first_position_too() -> None:
    ids = next(batches())
    labels = ids.masked_fill(torch.arange(24) > torch.tensor([[0], [2], [5], [9]]), -100)
    halves = [{"input_ids": ids[rows], "labels": labels[rows]} for rows in (slice(1), slice(1, 4))]
    whole = iter([{"input_ids": ids, "labels": labels}])
    apart = next(train(make(causal=False).double(), iter(halves), steps=1, accumulate=2, learning_rate=0.0))
    together = next(train(make(causal=False).double(), whole, steps=1, learning_rate=0.0))
    assert apart.loss == pytest.approx(together.loss, rel=1e-12)


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


def poisoned(at: int) -> Iterator[dict[str, Tensor]]:
    """Embedded rows, of which one number in the `at`th batch is not finite."""
    for number, ids in enumerate(batches(), start=1):
        states = torch.ones(4, 24, 32)
        states[1, 2, 3] = float("inf") if number == at else 1.0
        yield {"inputs_embeds": states, "labels": ids}


@pytest.mark.parametrize("how", [{}, {"accumulate": 2}, {"bfloat16": True}], ids=["plain", "accumulated", "bfloat16"])
def test_a_poisoned_batch_stops_the_run_before_it_spoils_weights_or_checkpoint(tmp_path: Path, how: dict) -> None:
    model = make()
    steps = train(model, poisoned(at=5 * how.get("accumulate", 1)), steps=9, learning_rate=1e-2, folder=tmp_path,
                  save_every=2, **how)  # fmt: skip
    list(islice(steps, 4))
    before, kept = weights(model), (tmp_path / checkpoint.NAME).read_bytes()
    with pytest.raises(Diverged, match=r"the loss is nan at step 5; lower the learning rate.*or mend that step's data"):
        next(steps)
    assert equal(weights(model), before)
    assert (tmp_path / checkpoint.NAME).read_bytes() == kept


def test_a_gradient_that_is_no_number_stops_the_run_too() -> None:
    model = make()
    model.model.norm.weight.register_hook(lambda gradient: gradient * float("inf"))
    before = weights(model)
    with pytest.raises(Diverged, match=r"the gradient's norm is (inf|nan) at step 1; lower"):
        next(train(model, batches(), steps=5, learning_rate=1e-2))
    assert equal(weights(model), before)


def test_what_was_left_in_the_gradients_does_not_count() -> None:
    clean, stale = make(), make()
    stale(input_ids=next(batches()), labels=next(batches(5))).loss.backward()
    expected = next(train(clean, batches(), steps=1, learning_rate=1e-2))
    assert next(train(stale, batches(), steps=1, learning_rate=1e-2)).gradient_norm == expected.gradient_norm
    assert equal(weights(stale), weights(clean))


def test_a_step_without_labels_is_named() -> None:
    ids = next(batches())
    with pytest.raises(ValueError, match="no label that counts"):
        next(train(make(), iter([{"input_ids": ids, "labels": ids * 0 - 100}]), steps=1, learning_rate=1e-2))


def test_a_record_says_how_much_of_the_machine_was_used() -> None:
    model = make()
    record = next(train(model, batches(), steps=1, learning_rate=1e-2, peak=1e12))
    flops = TrainingFlops.of(model)
    assert flops is not None
    assert record.flops_per_second == pytest.approx(flops.a_token(24) * record.tokens_per_second)
    assert record.mfu == pytest.approx(record.flops_per_second / 1e12)
    assert next(train(model, batches(), steps=1, learning_rate=1e-2)).mfu is None, "nobody promises a CPU's peak"


def test_dropout_of_a_step_depends_on_nothing_that_its_caller_draws() -> None:
    quiet, noisy = make(dropout=0.3), make(dropout=0.3)
    expected = [record.loss for record in train(quiet, batches(), steps=4, learning_rate=1e-2, seed=3)]
    found = []
    for record in train(noisy, batches(), steps=4, learning_rate=1e-2, seed=3):
        found.append(record.loss)
        torch.rand(record.step)
    assert found == expected
    other = train(make(dropout=0.3), batches(), steps=1, learning_rate=1e-2, seed=4)
    assert next(other).loss != expected[0]


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
        timeless = {"tokens_per_second": 0.0, "flops_per_second": None}
        return [asdict(replace(record, **timeless)) for record in records]

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


def test_settings_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="steps 2, warmup 3"):
        next(train(make(), batches(), steps=2, warmup=3, learning_rate=1e-2))
    with pytest.raises(ValueError, match="the batches ended in step 2"):
        list(train(make(), islice(batches(), 1), steps=2, learning_rate=1e-2))
    with pytest.raises(ValueError, match="no parameter requires a gradient"):
        next(train(make().requires_grad_(False), batches(), steps=2, learning_rate=1e-2))
