"""The benchmarks as commands: `bench catalog`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say, table
from app.settings import settings


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    benchmarks = typer.Typer(help="Measure the app on this machine, as ratios where there is a yardstick.")
    benchmarks.callback()(_benchmarks)
    benchmarks.command()(catalog)
    app.add_typer(benchmarks, name="bench")


def _benchmarks() -> None:
    """Measure the app on this machine."""


def catalog(
    papers: Annotated[int, typer.Option(min=100, help="Made-up papers to build the catalog from.")] = 1_000_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the made-up papers.")] = 1,
    queries: Annotated[Path | None, typer.Option(help="A set of queries; the committed one by default.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the built catalog in this file.")] = None,
    catalog: Annotated[Path | None, typer.Option(help="Measure a catalog built before; nothing is built.")] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="Print the recorded figures as Markdown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a catalog of made-up papers and measure ingest, search, Inbox, trends, size and memory."""
    from app.benchmarks.catalog import RECORDED, BenchmarkFailed, markdown, rows, run
    from app.benchmarks.queries import FILE, load

    if recorded:
        say(markdown(json.loads(RECORDED.read_text(encoding="utf-8"))))
        return
    if keep is not None and catalog is not None:
        raise Failure("--keep and --catalog exclude each other: one builds a catalog, the other takes one", code=USAGE)
    if keep is not None and keep.exists():
        raise Failure(
            f"{keep} is there already; choose another file for --keep, or measure it with --catalog", code=USAGE
        )
    if catalog is not None and not catalog.is_file():
        raise Failure(f"{catalog} is not a file; build one with --keep {catalog}", code=USAGE)
    try:
        load(queries or FILE)
    except (OSError, ValueError) as error:
        raise Failure(f"--queries {queries}: {error}", code=USAGE) from error
    try:
        found = run(
            papers=papers,
            seed=seed,
            queries=(queries or FILE).absolute(),
            folder=settings().home,
            keep=keep and keep.absolute(),
            catalog=catalog and catalog.absolute(),
        )
    except (BenchmarkFailed, ValueError) as error:
        raise Failure(str(error)) from error
    if as_json:
        answer(found)
    else:
        table(("what", "figure"), rows(found), title=f"catalog, {found['device']['cpu']}")
