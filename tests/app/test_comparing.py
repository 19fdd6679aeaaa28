"""Two runs beside each other: what differs is named, what is equal is counted, and unlike things are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlite_utils import Database

from app import comparing
from app.running.execution import Places
from core.events import Measure
from db import runs
from tests.app.ended_runs import CLAIM, SCORES, ended, induction


def test_two_runs_of_one_seed_differ_in_nothing(catalog: Database, places: Places) -> None:
    first, second = (ended(catalog, places, induction()) for _ in range(2))
    found = comparing.compare(catalog, first.id, second.id)
    assert (found.asked, found.equal, found.exact) == ({}, 10, 10)
    assert found.verdicts[CLAIM][0] == found.verdicts[CLAIM][1]
    assert [pair.first for pair in found.measures] == [pair.second for pair in found.measures]


def test_what_was_asked_differently_is_named(catalog: Database, places: Places) -> None:
    first = ended(catalog, places, induction())
    second = ended(catalog, places, induction([score / 2 for score in SCORES]), params={"length": 16}, seed=4)
    found = comparing.compare(catalog, first.id, second.id)
    assert found.asked == {"length": (32, 16), "seed": (0, 4)}
    assert (found.equal, found.exact) == (5, 10)  # the shuffled arm
    pair = next(pair for pair in found.measures if pair.arm == "repeated")
    assert (pair.first, pair.second) == (pytest.approx(0.5), pytest.approx(0.25))


def test_a_measure_of_one_run_alone_has_no_second_number(catalog: Database, places: Places) -> None:
    first = ended(catalog, places, induction())
    more = Measure(name="more", arm="repeated", value=1.0, unit_of_measure="1", replicate=0, exact=False)
    second = ended(catalog, places, [*induction(), (more, "replicate-0")])
    (pair,) = [pair for pair in comparing.compare(catalog, first.id, second.id).measures if pair.name == "more"]
    assert (pair.first, pair.second, pair.exact) == (None, 1.0, False)


def test_runs_of_two_experiments_are_refused(catalog: Database, places: Places) -> None:
    first = ended(catalog, places, induction())
    runs.insert(catalog, replace(first, id="other", experiment="lora-vs-full"))
    with pytest.raises(comparing.Incomparable, match="of attention-maps, other of lora-vs-full"):
        comparing.compare(catalog, first.id, "other")
    with pytest.raises(runs.UnknownRun):
        comparing.compare(catalog, first.id, "none")
