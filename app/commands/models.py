"""The commands about models: which there are, how one comes from the hub, and folders of one's own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say, table
from app.models import size
from app.settings import settings
from core.gpt.loading.weight_files import BadCheckpoint

models = typer.Typer(
    invoke_without_command=True, add_completion=False, help="The models: which there are, and how more come here."
)


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.add_typer(models, name="models")


@models.callback()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models: of the house, downloaded, known and not here yet, and folders that were added."""
    if context.invoked_subcommand is not None:
        return
    from app.models import listing
    from db.connect import open_catalog

    found = listing(open_catalog(settings().catalog), settings().home)
    if as_json:
        answer([asdict(entry) | {"memory": entry.memory} for entry in found])
        return
    columns = ("name", "kind", "family", "parameters", "bytes", "memory (fp32)", "context", "licence", "state")
    table(columns, [_row(entry) for entry in found])


@models.command()
def download(
    model: Annotated[str, typer.Argument(metavar="ID", help="owner/name on the hub, or owner/name@revision.")],
    force: Annotated[bool, typer.Option("--force", help="Even if this machine has too little memory for it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch a model from the Hugging Face hub into its cache. Ctrl+C keeps what came; the next time goes on there."""
    from app import downloads
    from core.gpt.loading import fetching, hub

    found = settings()
    named = hub.read_id(model)
    if named is None:
        raise Failure(f"{model!r} is no name of a model on the hub; write it as owner/name", code=USAGE)
    try:
        offer = downloads.ask(found.home, named, endpoint=found.hf_url)
    except (hub.HubError, BadCheckpoint) as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        raise Failure(f"{named}: cancelled; nothing was fetched", code=downloads.CANCELLED) from None
    try:
        if not force:
            fetching.check_memory(offer)
        folder = _with_bar(found.home, offer, found.hf_url)
    except (hub.HubError, downloads.Busy) as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        kept = f"{size(fetching.fetched(offer))} of {size(offer.bytes)} are kept"
        raise Failure(
            f"{offer.id}: cancelled; {kept}, the same command goes on there", code=downloads.CANCELLED
        ) from None
    if as_json:
        answer({"name": str(offer.id), "folder": str(folder), "bytes": offer.bytes, "commit": offer.commit})
    else:
        say(f"{offer.id}: {size(offer.bytes)} in {folder}")


def _with_bar(home: Path, offer: Any, endpoint: str) -> Path:
    """Download with a bar on stderr, which begins where the last download ended."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from app import downloads
    from core.gpt.loading import fetching

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(str(offer.id), total=offer.bytes, completed=fetching.fetched(offer))
        return downloads.fetch_here(
            home, offer, endpoint=endpoint, on_bytes=lambda here: bar.update(task, completed=here)
        )


@models.command()
def add(folder: Annotated[Path, typer.Argument(help="A folder with config.json and safetensors.")]) -> None:
    """Keep a folder among the models."""
    from app.models import add_folder
    from db.connect import open_catalog

    try:
        found = add_folder(open_catalog(settings().catalog), folder)
    except BadCheckpoint as error:
        raise Failure(str(error)) from error
    say(f"{found.name}: {found.family}, {found.parameters:,} parameters")


@models.command()
def remove(folder: Annotated[Path, typer.Argument(help="A folder that was added.")]) -> None:
    """Forget a folder; its files stay as they are."""
    from app.models import NoSuchFolder, remove_folder
    from db.connect import open_catalog

    try:
        remove_folder(open_catalog(settings().catalog), folder)
    except NoSuchFolder as error:
        raise Failure(str(error)) from error
    say(f"{folder}: forgotten; its files stay as they are")


def _row(entry: Any) -> list[Any]:
    state = entry.problem or ("here" if entry.here else "to be downloaded")
    return [
        entry.name,
        entry.kind,
        entry.family,
        None if entry.parameters is None else f"{entry.parameters:,}",
        None if entry.bytes is None else size(entry.bytes),
        None if entry.memory is None else size(entry.memory),
        entry.context,
        "the project's own" if entry.kind == "house" else entry.licence,
        f"{state}, gated" if entry.gated and not entry.here else state,
    ]
