"""One thread, as the warm worker has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.live import Models


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def models() -> Models:
    """The models of one worker."""
    return Models()
