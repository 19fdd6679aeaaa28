"""Is the sliced cross-entropy the plain one, in value and in gradient?"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from core.gpt import loss
from core.gpt.loss import token_loss


@pytest.fixture
def case() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 7, 11, generator=generator, dtype=torch.float64) * 3
    labels = torch.randint(11, (3, 7), generator=generator)
    labels[0, :4] = -100
    return logits.requires_grad_(), labels


@pytest.mark.parametrize("shift", [True, False])
@pytest.mark.parametrize("size", [1, 200, 2**21])
def test_value_and_gradient_agree_with_pytorch(case, shift: bool, size: int, monkeypatch) -> None:
    monkeypatch.setattr(loss, "SLICE", size)
    logits, labels = case
    found = token_loss(logits, labels, shift=shift)
    (gradient,) = torch.autograd.grad(found * 3, logits)
    cut = (logits[:, :-1], labels[:, 1:]) if shift else (logits, labels)
    plain = F.cross_entropy(cut[0].flatten(0, 1), cut[1].flatten())
    (expected,) = torch.autograd.grad(plain * 3, logits)
    assert found.item() == pytest.approx(plain.item(), abs=1e-12)
    assert torch.allclose(gradient, expected, atol=1e-12)


def test_accumulated_batches_divide_by_their_common_count(case) -> None:
    logits, labels = case
    counted = int((labels[:, 1:] != -100).sum())
    once = token_loss(logits, labels, shift=True)
    assert token_loss(logits, labels, shift=True, count=2 * counted).item() == pytest.approx(once.item() / 2)


def test_half_precision_logits_are_summed_in_float32() -> None:
    torch.manual_seed(0)
    logits = torch.randn(4, 64, 300).bfloat16().requires_grad_()
    labels = torch.randint(300, (4, 64))
    found = token_loss(logits, labels, shift=True)
    plain = F.cross_entropy(logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten())
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(plain.item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(found, logits, retain_graph=True)
    (expected,) = torch.autograd.grad(plain, logits)
    assert gradient.dtype == torch.bfloat16
    assert (gradient.float() - expected.float()).norm() / expected.float().norm() < 0.005


def test_a_batch_without_labels_has_no_loss(case) -> None:
    logits, labels = case
    assert token_loss(logits, torch.full_like(labels, -100), shift=True).isnan()
