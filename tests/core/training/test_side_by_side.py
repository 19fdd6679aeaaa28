"""Networks side by side: each learns what it would have learned alone."""

from __future__ import annotations

import pytest
import torch

from core.training.side_by_side import SideBySide, learn

GENERATOR = torch.Generator().manual_seed(1)
X = torch.randn(12, 3, generator=GENERATOR)
Y = torch.where(torch.randn(12, 2, generator=GENERATOR) > 0, 1.0, -1.0)


def test_the_output_of_each_is_that_of_its_own_units() -> None:
    networks = SideBySide(widths=(2, 3), inputs=3, seed=1)
    first = torch.relu(X @ networks.first[:, :2]) @ networks.second[:2]
    second = torch.relu(X @ networks.first[:, 2:]) @ networks.second[2:]
    torch.testing.assert_close(networks(X), torch.stack([first, second], dim=1))


def test_a_network_learns_as_if_it_were_alone() -> None:
    both, alone = SideBySide(widths=(5, 4), inputs=3, seed=1), SideBySide(widths=(5,), inputs=3, seed=1)
    with torch.no_grad():
        both.second[:5] = alone.second
    both.double(), alone.double()
    x, y = X.double(), Y.double()
    (among,) = learn(both, x, y, test_inputs=x, truth=y[:, 0], steps=30, learning_rate=0.02, looks=[30])
    (single,) = learn(alone, x, y[:, :1], test_inputs=x, truth=y[:, 0], steps=30, learning_rate=0.02, looks=[30])
    assert among.train_loss[0] == pytest.approx(single.train_loss[0], rel=1e-6)
    assert among.test_error[0] == single.test_error[0]


def test_a_wide_network_fits_every_label_but_not_at_once() -> None:
    networks = SideBySide(widths=(40,), inputs=3, seed=2)
    first, *_, last = learn(
        networks, X, Y[:, :1], test_inputs=X, truth=Y[:, 0], steps=600, learning_rate=0.02, looks=[5, 600]
    )
    assert first.train_error[0] > 0
    assert last.train_error == [0.0]
    assert last.train_loss[0] < 1e-3


@pytest.mark.parametrize("widths", [(), (3, 0)])
def test_a_network_without_a_unit_is_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        SideBySide(widths=widths, inputs=2, seed=1)
