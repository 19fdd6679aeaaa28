"""Does each process get its place among the others, and a share of the cores?"""

from __future__ import annotations

import os

import pytest

from core.training.launching import environments


def test_each_process_has_its_rank_and_all_meet_at_one_port() -> None:
    found = environments(3)
    assert [environment["RANK"] for environment in found] == ["0", "1", "2"]
    assert [environment["LOCAL_RANK"] for environment in found] == ["0", "1", "2"]
    assert {environment["WORLD_SIZE"] for environment in found} == {"3"}
    assert len({(environment["MASTER_ADDR"], environment["MASTER_PORT"]) for environment in found}) == 1


def test_the_cores_are_shared_unless_the_user_said_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 9)
    assert [environments(count)[0]["OMP_NUM_THREADS"] for count in (2, 4, 20)] == ["4", "2", "1"]
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert environments(2)[1]["OMP_NUM_THREADS"] == "3"
