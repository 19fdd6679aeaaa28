"""Long work that goes on is found, with how far it is; what has ended is found only if it ended lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from app.under_way import Work, look
from db import ledger, retrainings, runs
from db.runs import Run

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(minutes=5)


def run_of(state: runs.State, **fields: object) -> Run:
    return Run(
        id=f"20260101-000000-{state}", experiment="next-token", stage="build", params={}, preset="quick", seed=0,
        null=False, device="cpu", created=BEFORE, state=state, **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def found(db: Database, home: Path, *, since: datetime = BEFORE) -> dict[str, Work]:
    return {f"{work.kind} {work.state}": work for work in look(db, home, since=since)}


def test_nothing_goes_on_in_a_new_catalog(catalog: Database, tmp_path: Path) -> None:
    assert look(catalog, tmp_path, since=BEFORE) == []


def test_runs_wait_go_on_and_end(catalog: Database, tmp_path: Path) -> None:
    runs.insert(catalog, run_of("queued"))
    runs.insert(catalog, run_of("running", done=0.25, started=BEFORE))
    runs.insert(catalog, run_of("finished", finished=NOW))
    runs.insert(catalog, run_of("cancelled", finished=NOW))
    works = found(catalog, tmp_path)
    assert works.keys() == {"run waiting", "run going", "run done", "run failed"}
    assert works["run going"].share == 0.25 and works["run going"].is_open
    assert works["run failed"].how == "cancelled" and not works["run failed"].is_open
    # A visit that began later is not told of it.
    assert found(catalog, tmp_path, since=NOW + timedelta(seconds=1)).keys() == {"run waiting", "run going"}


def test_a_sync_says_how_much_has_come_where_the_server_says_how_much_there_is(
    catalog: Database, tmp_path: Path
) -> None:
    row = ledger.open_row(catalog, source="arxiv", window="2026-01-01..2026-01-02", categories="cs.CL", owner="me")
    assert found(catalog, tmp_path)["sync going"].share is None
    ledger.close(catalog, row, outcome="throttled", error="429")
    ended = found(catalog, tmp_path)["sync failed"]
    assert (ended.name, ended.how) == ("arxiv", "throttled")


def test_the_retraining_is_one_of_them(catalog: Database, tmp_path: Path) -> None:
    row = retrainings.ask(catalog)
    assert found(catalog, tmp_path)["retraining going"].share is None
    retrainings.fail(catalog, row.id, "no disk")
    assert found(catalog, tmp_path)["retraining failed"].how == "failed"
