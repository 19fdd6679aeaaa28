"""Which commands are there? Every button has one. Failures are one line on stderr, exit code 1, or 2 on bad usage."""

from __future__ import annotations

import sqlite3
import sys

import typer

from app.commands import (
    asking,
    assistant,
    bench,
    catalog,
    digest,
    keeping,
    lab,
    lens,
    models,
    schedule,
    serving,
    similar,
    summarising,
    telling,
)
from app.commands.console import FAILED, USAGE, Failure
from app.jobs import UnknownExperiment
from app.settings import BadSettings, settings
from core.params import BadParam
from db.connect import CatalogError, explain
from db.runs import UnknownRun

app = typer.Typer(
    name="trendlab",
    help="Track language-model papers, and test what they claim by pressing a button.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ROOMS = (
    serving, catalog, asking, lens, schedule, similar, summarising, lab, models, telling, digest, assistant, bench,
    keeping,
)  # fmt: skip
for room in ROOMS:
    room.add_to(app)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = int(app(args=given or ["--help"], standalone_mode=False) or 0)
        return code if given else USAGE
    except Failure as error:
        return _fail(str(error), error.code)
    except (BadParam, BadSettings, UnknownExperiment) as error:
        return _fail(str(error), USAGE)
    except (CatalogError, UnknownRun, OSError) as error:
        return _fail(str(error), FAILED)
    except sqlite3.DatabaseError as error:
        return _fail(f"{settings().catalog}: {explain(error).en}", FAILED)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", 130)


def _fail(why: str, code: int) -> int:
    line = " ".join(why.split())
    sys.stderr.write(f"trendlab: {line}\n")
    return code
