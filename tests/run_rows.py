"""A run as it stands in the catalog, of which a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from db.runs import Run


def run_row(run_id: str, experiment: str, **fields: Any) -> Run:
    """A quick run of seed 0 on the CPU, queued, in the real world; any field may be said otherwise."""
    usual: dict[str, Any] = {
        "stage": "build",
        "params": {},
        "preset": "quick",
        "seed": 0,
        "null": False,
        "device": "cpu",
        "created": datetime(2026, 8, 1, tzinfo=UTC),
    }
    return Run(id=run_id, experiment=experiment, **(usual | fields))
