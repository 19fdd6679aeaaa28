"""A run in a file: read back whole, the same bytes each time, nothing of this machine, and no nonsense taken in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from app import sharing
from app.jobs import events
from app.running.execution import Places, folder_of
from tests.app.ended_runs import EXPERIMENT, ended, induction


def test_what_was_written_is_read_back(catalog: Database, places: Places) -> None:
    run = ended(catalog, places, induction(), seed=3)
    content = sharing.write(folder_of(places, run.id))
    assert content == sharing.write(folder_of(places, run.id))
    found = sharing.read(content)
    assert (found.run, found.experiment, found.about["seed"], found.about["preset"]) == (run.id, EXPERIMENT, 3, "quick")
    assert [event for event, _ in found.said] == [event for event, _ in events(folder_of(places, run.id))]
    assert [head["t"] for _, head in found.said] == sorted(head["t"] for _, head in found.said)


def test_it_says_nothing_of_where_this_machine_keeps_its_files(catalog: Database, places: Places) -> None:
    run = ended(catalog, places, induction())
    assert str(places.home) not in sharing.write(folder_of(places, run.id)).decode()


def test_a_run_that_has_not_begun_cannot_be_shared(catalog: Database, places: Places) -> None:
    run = ended(catalog, places, induction())
    (folder_of(places, run.id) / "events.jsonl").unlink()
    with pytest.raises(sharing.NoSharedRun, match="may not have begun"):
        sharing.write(folder_of(places, run.id))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b'{"format": "trendlab-run", "v": 2, "run": {}, "events": []}',
        b'{"format": "trendlab-run", "v": 1, "run": {}, "events": []}',
        b'{"format": "trendlab-run", "v": 1, "run": {"run": "r", "experiment": "e"}, "events": [{"v": 1}]}',
        b'{"format": "trendlab-run", "v": 1, "run": {"run": "r", "experiment": "e"}, "events": [7]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_run_is_one_line(content: bytes) -> None:
    with pytest.raises(sharing.NoSharedRun) as caught:
        sharing.read(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("outcome", "weird"), ("low", "a"), ("reason", "b"), ("n", None)])
def test_a_verdict_that_no_decision_makes_is_refused(
    catalog: Database, places: Places, name: str, value: object
) -> None:
    run = ended(catalog, places, induction())
    record = json.loads(sharing.write(folder_of(places, run.id)))
    verdict = next(event for event in record["events"] if event["type"] == "verdict")
    verdict[name] = value
    with pytest.raises(sharing.NoSharedRun, match=rf"verdict\.{name}") as caught:
        sharing.read(json.dumps(record).encode())
    assert "\n" not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_a_run_or_one_line(value: object) -> None:
    record = {"format": "trendlab-run", "v": 1, "run": value, "events": value}
    with pytest.raises(sharing.NoSharedRun):
        sharing.read(json.dumps(record).encode())
