"""The lab's commands: experiments, run, runs, cancel, replay, train."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import quiet
from app.commands.console import FAILED, USAGE, AsJson, Failure, answer, deliver, say, table
from app.settings import settings
from core.events import Verdict, to_line
from core.experiment_record import experiment_record
from core.registry import discover

if TYPE_CHECKING:
    from core.claim import Claim
    from core.reference import Recorded


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(experiments)
    app.command()(run)
    app.command()(runs)
    app.command()(cancel)
    app.command()(replay)
    app.command()(share)
    app.command()(compare)
    app.command()(train)


def experiments(
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The table of the README, with recorded verdicts.")
    ] = False,
) -> None:
    """List the experiments with their claims and parameters."""
    found = discover("core.experiments", "EXPERIMENT").values()
    if as_json:
        answer([experiment_record(item) for item in found])
        return
    if markdown:
        say(markdown_table(found))
        return
    rows = [
        (item.id, item.stage, claim.sentence.en, claim.paper, ", ".join(field.name for field in fields(item.params)))
        for item in found
        for claim in item.claims
    ]
    table(("id", "stage", "claim", "paper", "parameters"), rows)


def markdown_table(found: Iterable[Any]) -> str:
    """Claims with the paper's number and what is recorded here, in both worlds, as a Markdown table."""
    from core.reference import recorded

    lines = ["| experiment | claim | the paper | here | null world |", "| --- | --- | --- | --- | --- |"]
    for item in found:
        references = recorded(item.id)
        for claim in item.claims:
            about = "" if claim.reported.checked else "about "
            paper = f"[{claim.paper}](https://arxiv.org/abs/{claim.paper}): {about}{claim.reported.number.en}"
            said: dict[bool, list[str]] = {False: [], True: []}
            for result in references:
                for verdict in result.verdicts:
                    if verdict.claim == claim.id:
                        said[result.null].append(_recorded(result, verdict, claim))
            here, null = ("; ".join(said[world]) or "not recorded" for world in (False, True))
            cells = (f"`{item.id}`", claim.sentence.en, paper, here, null)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


def _recorded(result: Recorded, verdict: Verdict, claim: Claim) -> str:
    """A verdict with its numbers; of the null world the word and the interval alone."""
    if result.null:
        return f"{verdict.outcome}: {_span(verdict)}"
    cost = f"{result.seconds:.0f} s" + (f", {result.peak_mib:.0f} MiB" if result.peak_mib else "")
    return (
        f"**{verdict.outcome}**: {_span(verdict)} {claim.unit.en}, margin {claim.margin:g}, n = {verdict.n} "
        f"({result.preset}, {result.device_name}, {cost})"
    )


def _span(verdict: Verdict) -> str:
    if verdict.contrast is None or verdict.low is None or verdict.high is None:
        return "no interval"
    return f"{verdict.contrast:.3g} [{verdict.low:.3g}, {verdict.high:.3g}]"


def run(
    experiment: Annotated[str, typer.Argument(metavar="ID", help="An experiment; `experiments` lists them.")],
    preset: Annotated[str, typer.Option(help="quick, standard or full.")] = "quick",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="K=V", help="A parameter, several times.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Two runs with one seed measure the same.")] = 0,
    null: Annotated[bool, typer.Option("--null", help="Switch the mechanism off: the null world.")] = False,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    runner: Annotated[
        str, typer.Option(help="local for this machine, ray for the cluster of TRENDLAB_RAY_ADDRESS.")
    ] = "local",
    record: Annotated[bool, typer.Option("--record", help="Keep the result in the checkout as a reference.")] = False,
    as_json: AsJson = False,
) -> int:
    """Run an experiment here and now. With --json its events are printed as they come, one a line."""
    from app import jobs
    from core.reference import record_run
    from db.connect import open_catalog

    found = settings()
    db = open_catalog(found.catalog)
    submitted = jobs.submit(
        db,
        found,
        experiment,
        params=_pairs(set_ or []),
        preset=preset,
        seed=seed,
        null=null,
        device=device or found.device,
        runner=runner,
        enqueue=False,
    )
    # Ended from outside, the command takes its run with it, as Ctrl+C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with closing(jobs.run_foreground(db, found, submitted)) as said:
        if as_json:
            for event, head in said:
                say(to_line(event, run=head["run"], unit=head["unit"], t=head["t"] or 0.0))
        else:
            _show(said, submitted.id)
    ended = jobs.status(db, submitted.id)
    if ended.state != "finished":
        raise Failure(f"run {ended.id} {ended.state}: {ended.message or 'no message'}", code=FAILED)
    if record:
        kept = record_run(found.runs / submitted.id)
        if not as_json:
            say(f"recorded in {kept}")
    return 0


def _pairs(settings_given: list[str]) -> dict[str, str]:
    found = {}
    for pair in settings_given:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise Failure(f"--set {pair!r} is not of the form name=value", code=USAGE)
        found[name] = value
    return found


def _show(said: Iterable[Any], run_id: str) -> None:
    """A progress bar while it goes, then the verdicts in words."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from core import events

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    verdicts = []
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(run_id, total=1.0)
        for event, head in said:
            if isinstance(event, events.Progress) and head["unit"] is None:
                bar.update(task, completed=event.done, description=event.note.get("en") or run_id)
            elif isinstance(event, events.Skip):
                bar.console.print(f"skipped: {event.arm}: {event.reason.get('en', '')}", markup=False)
            elif isinstance(event, events.Verdict):
                verdicts.append(event)
            elif isinstance(event, events.Status) and event.state == "failed":
                bar.console.print(f"failed: {head['unit'] or 'run'}: {event.message}", markup=False)
    say(f"run {run_id}")
    for verdict in verdicts:
        world = " (null world)" if verdict.null else ""
        say(f"{verdict.claim}{world}: {verdict.outcome}. {verdict.reason.get('en', '')} n = {verdict.n}.")


def runs(
    experiment: Annotated[str | None, typer.Option(help="Of this experiment only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The runs, newest first, with their verdicts."""
    from db import runs as ledger
    from db.connect import open_catalog

    db = open_catalog(settings().catalog)
    rows: list[dict[str, Any]] = [
        {
            "id": item.id,
            "experiment": item.experiment,
            "preset": item.preset,
            "seed": item.seed,
            "null": item.null,
            "state": item.state,
            "done": item.done,
            "device": item.ran_on or item.device,
            "created": item.created.isoformat(),
            "message": item.message,
            "verdicts": {verdict.claim: verdict.outcome for verdict in ledger.verdicts(db, item.id)},
        }
        for item in ledger.find(db, experiment=experiment, limit=limit)
    ]
    if as_json:
        answer(rows)
        return
    columns = ("id", "experiment", "preset", "seed", "null", "state", "verdicts")
    shown = [
        [*(row[column] for column in columns[:-1]), "; ".join(f"{k}: {v}" for k, v in row["verdicts"].items())]
        for row in rows
    ]
    table(columns, shown)


def cancel(run_id: Annotated[str, typer.Argument(metavar="RUN")]) -> None:
    """End a run that waits or goes."""
    from app import jobs
    from db.connect import open_catalog

    db = open_catalog(settings().catalog)
    before = jobs.status(db, run_id)
    if not before.is_open:
        raise Failure(f"run {run_id} is {before.state} already")
    say(f"run {run_id}: {jobs.cancel(db, settings(), run_id).state}")


def replay(run_id: Annotated[str, typer.Argument(metavar="RUN")]) -> None:
    """Print the events of a run once more, as they were."""
    from app import jobs
    from db.connect import open_catalog

    jobs.status(open_catalog(settings().catalog), run_id)
    path: Path = settings().runs / run_id / "events.jsonl"
    if not path.exists():
        raise Failure(f"run {run_id} has no events; it may not have begun")
    sys.stdout.write(path.read_text(encoding="utf-8"))


def share(
    run_id: Annotated[str, typer.Argument(metavar="RUN")],
    out: Annotated[Path | None, typer.Option(help="A file or folder; standard output by default.")] = None,
) -> None:
    """Write a run with all that it said as one JSON file, which the page Runs opens anywhere."""
    from app import jobs, sharing
    from db.connect import open_catalog

    found = jobs.status(open_catalog(settings().catalog), run_id)
    try:
        content = sharing.write(settings().runs / run_id)
    except sharing.NoSharedRun as error:
        raise Failure(str(error)) from error
    deliver(content, out, name=sharing.file_name(found))


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN")],
    second: Annotated[str, typer.Argument(metavar="RUN")],
    as_json: AsJson = False,
) -> None:
    """In what do two runs of one experiment differ? Exit 1 where exact measures of equal questions are not equal."""
    from dataclasses import asdict

    from app.comparing import Incomparable
    from app.comparing import compare as compared
    from core.exports.json_text import plain
    from db.connect import open_catalog

    try:
        found = compared(open_catalog(settings().catalog), first, second)
    except Incomparable as error:
        raise Failure(str(error), code=USAGE) from error
    if as_json:
        answer(plain(asdict(found)))
    else:
        table(("asked", "A", "B"), [(name, str(a), str(b)) for name, (a, b) in found.asked.items()])
        rows = [
            (claim, *(verdict.outcome if verdict else "" for verdict in pair)) for claim, pair in found.verdicts.items()
        ]
        table(("claim", "A", "B"), rows)
        say(f"{found.equal} of {found.exact} exact measures that both have are equal")
    if not found.asked and found.equal < found.exact:
        raise Failure("both were asked the same, and exact measures differ", code=FAILED)


def train(
    preset: Annotated[str, typer.Argument(help="A house model: nano or micro.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the model; the checkout's own by default.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Do not go on from what stands there.")] = False,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share each batch: on a CPU one a core.")] = 1,
) -> int:
    """Train a house model by its committed recipe, going on from where it was stopped."""
    from app.processes import together
    from app.provenance import commit_of_code
    from core.gpt.loading.house import WEIGHTS
    from core.training import launching
    from core.training.recipes import RECIPES

    if preset not in RECIPES:
        raise Failure(f"unknown model {preset!r}; there are: {', '.join(RECIPES)}", code=USAGE)
    if processes > 1 and not launching.launched():
        return together("app", *sys.argv[1:], environments=launching.environments(processes))
    quiet.imports()
    from app.running.devices import NoDevice, find_device
    from core.training.checkpoint import CannotResume
    from core.training.following import train_house_model
    from core.training.parallel import join
    from core.training.train import Diverged

    folder = out or WEIGHTS / preset
    try:
        chosen, _name = find_device(device or settings().device)
        group = join(chosen)
        steps = train_house_model(
            preset, folder, resume=not restart, commit=commit_of_code(), device=chosen, processes=group
        )
        for step in steps:
            if step.step % 20 == 0:
                speed = f"{step.tokens_per_second:.0f} tokens/s"
                say(f"step {step.step} loss {step.loss:.4f} rate {step.learning_rate:.1e} {speed}")
    except (CannotResume, Diverged, NoDevice, ValueError) as error:
        raise Failure(str(error)) from error
    if group.first:
        say(f"trained: {folder}")
    return 0
