"""Which models ship with the project, and what is known of each? Their folders say it; nothing heavy is imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).parent.with_name("weights")


def models() -> dict[str, dict[str, Any]]:
    """Name to the facts in its `card.json`, with `folder` and `bytes` (of the weights) added; sorted by name.

    A model that is half-way through its recipe is not among them.
    """
    found = {}
    for card in sorted(WEIGHTS.glob("*/card.json")):
        weights = card.with_name("model.safetensors")
        facts = json.loads(card.read_text(encoding="utf-8"))
        if weights.is_file() and facts["phases_done"] == len(facts["recipe"]["phases"]):
            found[card.parent.name] = facts | {"folder": str(card.parent), "bytes": weights.stat().st_size}
    return found
