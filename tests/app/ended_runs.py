"""Runs that have ended, made by the code that makes all runs, with events that a test chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from app import jobs
from app.running import execution
from app.running.execution import Places
from app.running.journal import EVENTS_FILE
from core.claim import Measures
from core.decision import decide
from core.events import Event, Measure, Point, Progress, Sample, Status, Table, to_line
from core.registry import discover
from db.runs import Run

EXPERIMENT = "attention-maps"
CLAIM = "induction"
SCORES = (0.51, 0.49, 0.52, 0.5, 0.48)
DEVICE = "cpu (Some CPU, 2 cores)"


def induction(scores: Sequence[float] = SCORES, *, null: bool = False, seed: int = 0) -> list[tuple[Event, str | None]]:
    """What a small run of attention-maps says: lines, numbers, a table, a text, and its verdict."""
    said: list[tuple[Event, str | None]] = []
    for number, score in enumerate(scores):
        unit = f"replicate-{number}"
        for arm, value in (("repeated", score), ("shuffled", 0.02)):
            for x in (1, 2, 3):
                point = Point(
                    arm=arm, x=x, y=value * x / 3, replicate=number, x_label={"en": "read"}, y_label={"en": "share"}
                )
                said.append((point, unit))
            measure = Measure(
                name="induction", arm=arm, value=value, unit_of_measure="attention", replicate=number, exact=True
            )
            said.append((measure, unit))
        said.append((Progress(done=(number + 1) / len(scores)), None))
    said.append(
        (Table(title={"en": "Heads"}, columns=[{"en": "head"}, {"en": "score"}], rows=[["0.1", 0.5]]), "replicate-0")
    )
    said.append((Sample(arm="repeated", prompt="one two", text="<b>one</b> two", replicate=0), "replicate-0"))
    claim = next(claim for claim in discover("core.experiments", "EXPERIMENT")[EXPERIMENT].claims if claim.id == CLAIM)
    measures = [Measures({("induction", "repeated"): score, ("induction", "shuffled"): 0.02}) for score in scores]
    said.append((decide(claim, measures, null=null, seed=seed, device=DEVICE, commit="abcdef0123456"), None))
    return said


def ended(
    db: Database,
    places: Places,
    said: Sequence[tuple[Event, str | None]],
    *,
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
    null: bool = False,
    preset: str = "quick",
) -> Run:
    """A finished run of attention-maps with these events, a second between two of them."""
    run = jobs.submit(db, places, EXPERIMENT, params=params, preset=preset, seed=seed, null=null, enqueue=False)
    started = {"at": run.created.isoformat(), "versions": {"torch": "2.13.0"}, "commit": "abc", "device_asked": "auto"}
    whole = [
        (Status(state="started", details=started), None),
        (Progress(done=0.0), None),
        *said,
        (Status(state="finished", details={"device": DEVICE, "seconds": 12.5, "peak_mib": 300.0}), None),
    ]
    lines = [to_line(event, run=run.id, unit=unit, t=float(at)) + "\n" for at, (event, unit) in enumerate(whole)]
    (execution.folder_of(places, run.id) / EVENTS_FILE).write_text("".join(lines), encoding="utf-8")
    return execution.fold(db, places, run.id)
