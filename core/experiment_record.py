"""What does an experiment say of itself, as plain JSON for programs?"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from core.experiment import Experiment


def experiment_record(item: Experiment) -> dict[str, Any]:
    """A JSON object with its claims, parameters and presets."""
    return {
        "id": item.id,
        "stage": item.stage,
        "title": item.title.as_dict(),
        "claims": [
            {
                "id": claim.id,
                "sentence": claim.sentence.as_dict(),
                "paper": claim.paper,
                "reported": claim.reported.number.as_dict(),
                "checked": claim.reported.checked,
                "margin": claim.margin,
                "unit": claim.unit.as_dict(),
            }
            for claim in item.claims
        ],
        "parameters": {
            field.name: {
                "default": field.default,
                "low": field.metadata.get("low"),
                "high": field.metadata.get("high"),
                "choices": field.metadata.get("choices"),
                "help": field.metadata["help"].as_dict(),
            }
            for field in fields(item.params)
        },
        "presets": {name: dict(values) for name, values in item.presets.items()},
    }
