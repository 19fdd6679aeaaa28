"""The figures of the front end are told with their bars; without a browser there is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.benchmarks import ui
from app.benchmarks.machine import BenchmarkFailed


def times(p95: float) -> dict[str, float]:
    return {"n": 5, "p50": p95 / 2, "p95": p95, "most": p95}


FOUND = {
    "first_paint": {"paint": times(2100), "whole": times(2600)},
    "page_switch": {"heading": times(420), "whole": times(1280), "slowest": {"build": 2884.0, "evidence": 1709.0}},
    "key": times(32),
}


def test_the_table_has_each_figure_beside_its_bar() -> None:
    lines = ui.markdown(FOUND).splitlines()
    assert "| first paint of the served app, p95 | 2.1 s | ≤ 2.5 s |" in lines
    assert "| page switch until the heading is there, p95 | 0.42 s | ≤ 0.7 s |" in lines
    assert "| a key in the list until the paint that answers it, p95 | 32 ms | ≤ 150 ms |" in lines


def test_the_slowest_pages_are_named() -> None:
    assert dict(ui.rows(FOUND))["… slowest pages"] == "build 2,884 ms; evidence 1,709 ms"


def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchmarkFailed, match="apt-get install chromium"), ui.chromium():
        pass
