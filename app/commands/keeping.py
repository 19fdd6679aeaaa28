"""What keeps the catalog? `backup` and `restore` it, and the `doctor`, who says what this machine has and mends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.console import AsJson, Failure, answer, say, table
from app.settings import settings

LIBRARIES = ("streamlit", "torch", "transformers", "peft", "torchao", "bitsandbytes", "sqlite-utils", "arxiv", "huey")


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(doctor)


def backup(
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the catalog into one file; whatever syncs may go on meanwhile."""
    from db.backup import write_backup

    done = write_backup(settings().catalog, path.expanduser().absolute(), force=force)
    if as_json:
        answer({"path": str(done.path), "bytes": done.size, "papers": done.papers})
    else:
        say(f"{done.path}: {done.papers:,} papers, {_size(done.size)}")


def restore(
    path: Annotated[Path, typer.Argument(help="A file that backup has written.")], as_json: AsJson = False
) -> None:
    """Put a backup in the place of the catalog, and keep what was there beside it; the app may stay open."""
    from db.backup import restore_backup

    found = settings()
    _bury_dead()
    done = restore_backup(found.catalog, path.expanduser().absolute(), lives=lives)
    if as_json:
        aside = None if done.aside is None else str(done.aside)
        answer({"path": str(done.path), "papers": done.papers, "aside": aside})
        return
    say(f"{done.path}: {done.papers:,} papers, from {path}")
    if done.aside is not None:
        say(f"What was there before is in {done.aside}")


def doctor(
    full: Annotated[bool, typer.Option("--full", help="Read everything, in a large catalog too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at the catalog and mend it; say what is installed, which device and models there are, what is missing."""
    report = _machine()
    report |= {"checks": _checks(full, aloud=not as_json)}
    broken = [check["part"] for check in report["checks"] if check["outcome"] == "broken"]
    if not broken:
        report |= _catalog()
    if as_json:
        answer(report)
    else:
        shown = {name: value for name, value in report.items() if name != "checks"}
        table(("what", "found"), [(name, _plain(value)) for name, value in shown.items()])
    if broken:
        raise Failure(f"broken: {', '.join(broken)}; restore a backup with: python -m app restore PATH")
    if busy := [check["part"] for check in report["checks"] if check["outcome"] == "busy"]:
        raise Failure(f"another process writes to the catalog; not looked at: {', '.join(busy)}; try again later")
    if report["missing"]:
        raise Failure(f"missing: {', '.join(report['missing'])}; install them with: make run")


def lives(owner: str) -> bool:
    """Whether the process that a ledger row or a run belongs to still runs on this machine, and is not this one.

    :param owner: begins with the number of the process.
    """
    number = owner.partition("-")[0]
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _bury_dead() -> None:
    """Close what dead syncs left open, so that they are not taken for living ones."""
    from app.ingest import bury_dead
    from db.connect import CatalogError, open_catalog

    found = settings()
    if not found.catalog.exists():
        return
    try:
        db = open_catalog(found.catalog)
    except CatalogError:
        return  # this is what is to be replaced
    bury_dead(db, found)
    db.close()


# --- what the doctor looks at -----------------------------------------------------------------------------------------


def _checks(full: bool, *, aloud: bool) -> list[dict[str, Any]]:
    """The parts of the catalog, each said as soon as it is known."""
    from app.ingest import bury_dead
    from db.mending import mend

    found = settings()
    checks = []
    for finding in mend(found.catalog, bury=lambda db: bury_dead(db, found), lives=lives, full=True if full else None):
        checks.append(finding.as_dict())
        if aloud:
            say(f"{finding.part}: {finding.says}, {finding.seconds:.1f} s")
    return checks


def _catalog() -> dict[str, Any]:
    """How much there is, who asked to be left alone until when, and the last sync of each source."""
    from db import ledger, papers
    from db.connect import open_catalog
    from db.mending import held_cooldowns
    from db.records import Filters

    path = settings().catalog
    db = open_catalog(path)
    size = f"{papers.count(db, Filters()):,} papers, {_size(path.stat().st_size)}"
    held = [
        {"provider": item.provider, "until": item.until.isoformat(timespec="seconds"), "why": item.why}
        for item in held_cooldowns(db)
    ]
    last = [
        {"source": source, "outcome": row.outcome or "under way", "started": row.started.isoformat(timespec="seconds")}
        for source, row in ledger.latest(db).items()
    ]
    db.close()
    return {"catalog": size, "cooldowns": held, "last_syncs": last}


def _machine() -> dict[str, Any]:
    import importlib.metadata
    import platform
    import sqlite3

    versions: dict[str, str | None] = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    found = settings()
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": _device(),
        "libraries": versions,
        "missing": [name for name, version in versions.items() if version is None],
        "models": _models(),
        "home": str(found.home),
    }


def _device() -> str:
    """What torch sees, asked in another process: importing torch takes seconds and memory."""
    code = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else 'cpu')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or f"unknown ({(done.stderr.strip().splitlines() or ['no answer'])[-1]})"


def _models() -> list[str]:
    from core.gpt.loading.house import models

    return sorted(models())


def _plain(value: Any) -> str:
    """A value of the report as a cell: one line for each item."""
    if isinstance(value, dict):
        return "\n".join(f"{name} {item or 'missing'}" for name, item in value.items())
    if isinstance(value, list):
        return "\n".join(" · ".join(item.values()) if isinstance(item, dict) else item for item in value) or "none"
    return str(value)


def _size(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
