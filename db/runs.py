"""Which runs are there, how far are they, and what did they find? The rows that are folded from their events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlite_utils import Database

from core.events import Measure, Verdict
from core.language import Told
from db.connect import transaction

State = Literal["queued", "running", "finished", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("queued", "running")


class UnknownRun(Told, LookupError):
    """There is no run of that id. One line."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of an experiment.

    :param params: every parameter with its value.
    :param null: whether the mechanism was switched off.
    :param device: as asked for; `ran_on` is what it became, by name.
    :param done: how far it is, 0 to 1.
    :param message: why it failed, or what else is to be said of its state.
    :param pid: the worker's process on this machine; 0 while it is being started, None before.
    :param commit: the code that ran, with "+dirty" where it was changed.
    """

    id: str
    experiment: str
    stage: str
    params: dict[str, Any]
    preset: str | None
    seed: int
    null: bool
    device: str
    created: datetime
    state: State = "queued"
    ran_on: str | None = None
    started: datetime | None = None
    finished: datetime | None = None
    message: str = ""
    done: float = 0.0
    pid: int | None = None
    commit: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it has still to end."""
        return self.state in OPEN


_COLUMNS = (
    "id, experiment, stage, params, preset, seed, is_null, device, ran_on, state, created, started, finished, "
    'message, done, pid, "commit", versions'
)


def insert(db: Database, run: Run) -> None:
    """Add a new run."""
    values = (
        *(run.id, run.experiment, run.stage, json.dumps(run.params, ensure_ascii=False), run.preset, run.seed),
        *(int(run.null), run.device, run.ran_on, run.state, _text(run.created), _text(run.started)),
        *(_text(run.finished), run.message, run.done, run.pid, run.commit, json.dumps(run.versions)),
    )
    with transaction(db):
        db.conn.execute(f"INSERT INTO runs ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)


def get(db: Database, run_id: str) -> Run:
    """
    :raises UnknownRun: no such run.
    """
    row = db.conn.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise UnknownRun(f"there is no run {run_id!r}; `runs` lists those there are", f"실행 {run_id!r}이(가) 없습니다")
    return _run(row)


def find(
    db: Database,
    *,
    experiment: str | None = None,
    stage: str | None = None,
    states: Sequence[str] = (),
    null: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Run]:
    """Runs, the newest first.

    :param states: any of these; all where empty.
    :param since, until: created at or after, and before.
    """
    wanted: list[tuple[str, Any]] = [
        ("experiment = ?", experiment),
        ("stage = ?", stage),
        ("is_null = ?", None if null is None else int(null)),
        ("created >= ?", _text(since)),
        ("created < ?", _text(until)),
    ]
    clauses = [clause for clause, value in wanted if value is not None]
    values = [value for _, value in wanted if value is not None]
    if states:
        clauses.append(f"state IN ({', '.join('?' * len(states))})")
        values += states
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    order = "ORDER BY created DESC, id DESC LIMIT ? OFFSET ?"
    rows = db.conn.execute(f"SELECT {_COLUMNS} FROM runs {where} {order}", (*values, limit, offset))
    return [_run(row) for row in rows]


def claim(db: Database, run_id: str) -> bool:
    """Take a queued run in hand: true for exactly one of those who try."""
    with transaction(db):
        changed = db.conn.execute(
            "UPDATE runs SET pid = 0 WHERE id = ? AND state = 'queued' AND pid IS NULL", (run_id,)
        )
        return changed.rowcount == 1


def set_pid(db: Database, run_id: str, pid: int | None) -> None:
    """Note the process of a run; None gives it back to the queue."""
    with transaction(db):
        db.conn.execute("UPDATE runs SET pid = ? WHERE id = ?", (pid, run_id))


def advance(
    db: Database,
    run_id: str,
    *,
    state: State,
    message: str = "",
    done: float | None = None,
    ran_on: str | None = None,
    started: datetime | None = None,
    finished: datetime | None = None,
    versions: dict[str, str] | None = None,
) -> bool:
    """Bring an open run up to date; a run that has ended stays as it is.

    :returns: whether it was open.
    """
    with transaction(db):
        changed = db.conn.execute(
            "UPDATE runs SET state = ?, message = ?, done = coalesce(?, done), ran_on = coalesce(?, ran_on), "
            "started = coalesce(?, started), finished = ?, versions = coalesce(?, versions) "
            "WHERE id = ? AND state IN ('queued', 'running')",
            (
                *(state, message, done, ran_on, _text(started), _text(finished)),
                *(None if versions is None else json.dumps(versions), run_id),
            ),
        )
        return changed.rowcount == 1


def queued_up_to(db: Database, run_id: str) -> list[str]:
    """The queued runs up to this one, the next first and this one last; none where it is not queued."""
    rows = db.conn.execute(
        "SELECT other.id FROM runs other JOIN runs this ON other.state = 'queued' "
        "AND (other.created, other.id) <= (this.created, this.id) "
        "WHERE this.id = ? AND this.state = 'queued' ORDER BY other.created, other.id",
        (run_id,),
    )
    return [str(found) for (found,) in rows]


def keep_results(
    db: Database, run_id: str, *, measures: Iterable[tuple[str, Measure]], verdicts: Iterable[Verdict], at: datetime
) -> None:
    """Make these the measures (each with its unit) and verdicts of a run, in place of those that it had.

    :param at: when the verdicts were made.
    """
    with transaction(db):
        db.conn.execute("DELETE FROM measures WHERE run = ?", (run_id,))
        db.conn.executemany(
            "INSERT OR REPLACE INTO measures (run, unit, name, arm, value, unit_of_measure, replicate, exact) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (run_id, unit, said.name, said.arm, said.value, said.unit_of_measure, said.replicate, int(said.exact))
                for unit, said in measures
            ],
        )
        db.conn.execute("DELETE FROM verdicts WHERE run = ?", (run_id,))
        db.conn.executemany(
            "INSERT OR REPLACE INTO verdicts (run, claim, outcome, contrast, low, high, margin, n, is_null, device, "
            "created, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(run_id, said.claim, said.outcome, said.contrast, said.low, said.high, said.margin, said.n),
                    *(int(said.null), said.device, _text(at), json.dumps(asdict(said), ensure_ascii=False)),
                )
                for said in verdicts
            ],
        )


def measures(db: Database, run_id: str) -> list[tuple[str, Measure]]:
    """A run's measures, each with its unit; a value that was not finite is NaN."""
    rows = db.conn.execute(
        "SELECT unit, name, arm, value, unit_of_measure, replicate, exact FROM measures WHERE run = ? "
        "ORDER BY name, arm, replicate, unit",
        (run_id,),
    )
    return [
        (
            unit,
            Measure(
                name=name,
                arm=arm,
                value=float("nan") if value is None else value,
                unit_of_measure=unit_of_measure or "",
                replicate=replicate,
                exact=bool(exact),
            ),
        )
        for unit, name, arm, value, unit_of_measure, replicate, exact in rows
    ]


def verdicts(db: Database, run_id: str) -> list[Verdict]:
    """A run's verdicts, one a claim."""
    rows = db.conn.execute("SELECT detail FROM verdicts WHERE run = ? ORDER BY claim", (run_id,))
    return [Verdict(**json.loads(detail)) for (detail,) in rows]


def latest_verdicts(
    db: Database, *, null: bool = False, experiment: str | None = None
) -> dict[str, tuple[Run, list[Verdict]]]:
    """For each experiment that was decided: its newest finished run, and that run's verdicts.

    :param null: ask for runs of the null world instead.
    :param experiment: of this one alone.
    """
    rows = db.conn.execute(
        f"SELECT {_COLUMNS}, max(created) FROM runs WHERE state = 'finished' AND is_null = ? "
        "AND experiment = coalesce(?, experiment) "
        "AND EXISTS (SELECT 1 FROM verdicts WHERE verdicts.run = runs.id) GROUP BY experiment ORDER BY experiment",
        (int(null), experiment),
    ).fetchall()
    found = [_run(row[:-1]) for row in rows]
    return {run.experiment: (run, verdicts(db, run.id)) for run in found}


def _run(row: Sequence[Any]) -> Run:
    run_id, experiment, stage, params, preset, seed, null, device, ran_on, state, *rest = row
    created, started, finished, message, done, pid, commit, versions = rest
    return Run(
        id=run_id,
        experiment=experiment,
        stage=stage,
        params=json.loads(params),
        preset=preset,
        seed=seed,
        null=bool(null),
        device=device or "",
        ran_on=ran_on,
        state=state,
        created=datetime.fromisoformat(created),
        started=_moment(started),
        finished=_moment(finished),
        message=message or "",
        done=done,
        pid=pid,
        commit=commit or "",
        versions=json.loads(versions),
    )


def _text(moment: datetime | None) -> str | None:
    # One width for all, so that they sort as text.
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
