"""The benchmarks as commands: `bench catalog`, `bench core`, `bench ask`, `bench ui`."""

from __future__ import annotations

import json
from enum import StrEnum
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
    benchmarks.command()(core)
    benchmarks.command()(ask)
    benchmarks.command()(ui)
    app.add_typer(benchmarks, name="bench")


class Device(StrEnum):
    """Where the core is measured."""

    cpu = "cpu"
    cuda = "cuda"


class Precision(StrEnum):
    """With how many bits it computes."""

    float32 = "float32"
    bfloat16 = "bfloat16"


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
    from app.benchmarks.catalog import RECORDED, markdown, rows, run
    from app.benchmarks.machine import BenchmarkFailed
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


def core(
    sizes: Annotated[str, typer.Option(help="Some of nano, micro and 124m, with commas.")] = "nano,micro,124m",
    device: Annotated[Device, typer.Option(help="Where to compute.")] = Device.cpu,
    precision: Annotated[
        Precision | None, typer.Option(help="By default float32 on a CPU and bfloat16 on a GPU.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights, texts and order.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Nano alone, few rounds: does it work?")] = False,
    compile: Annotated[bool, typer.Option("--compile", help="Train through torch.compile.")] = False,
    recorded: Annotated[bool, typer.Option("--recorded", help="Print the recorded figures as Markdown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train and write with the core and with transformers' GPT-2 and Llama, in turns, and compare."""
    from app.benchmarks import core as benchmark
    from app.benchmarks.machine import BenchmarkFailed

    if recorded:
        say(benchmark.markdown(benchmark.recorded()))
        return
    wanted = ["nano"] if quick else sizes.split(",")
    if unknown := set(wanted) - set(benchmark.NAMES):
        raise Failure(f"--sizes {sizes}: choose among {', '.join(benchmark.NAMES)}, not {min(unknown)!r}", code=USAGE)
    if precision is None:
        precision = Precision.bfloat16 if device is Device.cuda else Precision.float32
    try:
        found = benchmark.run(sizes=wanted, device=device, precision=precision, seed=seed, quick=quick, compile=compile)
    except BenchmarkFailed as error:
        raise Failure(str(error)) from error
    if as_json:
        answer(found)
    else:
        where = found["device"]["gpu"] or found["device"]["cpu"]
        table(("what", "figure"), benchmark.rows(found), title=f"core, {where}, {found['precision']}")


class Split(StrEnum):
    """Which half of the questions is asked."""

    dev = "dev"
    test = "test"


def ask(
    papers: Annotated[int, typer.Option(min=0, help="Made-up papers beside those that come with the app.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the made-up papers.")] = 1,
    split: Annotated[
        Split, typer.Option(help="dev: those that the rule was chosen on; test: the others.")
    ] = Split.test,
    as_json: AsJson = False,
) -> None:
    """Build a catalog, and ask it questions that it has an answer to, and questions that it has none to."""
    from app.benchmarks import asking

    found = asking.run(papers=papers, seed=seed, split=split, folder=settings().home)
    if as_json:
        answer(found)
    else:
        table(("what", "figure"), asking.rows(found), title=f"ask, {found['device']['cpu']}")


def ui(
    papers: Annotated[int, typer.Option(min=100, help="Made-up papers to build the catalog from.")] = 1_000_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the made-up papers.")] = 1,
    catalog: Annotated[Path | None, typer.Option(help="Look at a copy of a catalog built before.")] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="Print the recorded figures as Markdown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Serve a large catalog, and time first paint, page switches and keys in a real browser."""
    from app.benchmarks import ui as benchmark
    from app.benchmarks.machine import BenchmarkFailed

    if recorded:
        say(benchmark.markdown(benchmark.recorded()))
        return
    if catalog is not None and not catalog.is_file():
        raise Failure(f"{catalog} is not a file; build one with: bench catalog --keep {catalog}", code=USAGE)
    try:
        found = benchmark.run(papers=papers, seed=seed, folder=settings().home, catalog=catalog and catalog.absolute())
    except BenchmarkFailed as error:
        raise Failure(str(error)) from error
    if as_json:
        answer(found)
    else:
        table(("what", "figure"), benchmark.rows(found), title=f"ui, {found['device']['cpu']}")
