"""The catalog's commands: sync, import, tag, search, read, skip, save, note."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.console import FAILED, USAGE, AsJson, Failure, answer, day, say, table
from app.settings import settings
from core.papers.ids import parse_arxiv_id
from db.records import State


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(sync)
    app.command(name="import")(import_)
    app.command()(tag)
    app.command()(search)
    states: dict[str, State] = {"read": "read", "skip": "skip", "save": "saved"}
    for word, state in states.items():
        app.command(name=word, help=f"Mark a paper as {state}.")(_marker(state))
    app.command()(note)


def sync(
    source: Annotated[list[str] | None, typer.Option(help="A source, several times for several.")] = None,
    since: Annotated[str | None, typer.Option(help="First day, as 2026-08-18; by default where it left off.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day; today by default.")] = None,
    categories: Annotated[str | None, typer.Option(help="arXiv categories, as cs.CL,cs.LG.")] = None,
    as_json: AsJson = False,
) -> int:
    """Pull new papers and print what each source answered."""
    from app import ingest
    from app.syncing.windows import asked_window
    from db.connect import open_catalog

    found = settings()
    first, last = day(since, "--since"), day(until, "--until")
    wanted = [part.strip() for part in categories.split(",")] if categories else list(found.category_list)
    try:
        asked_window(first, last, wanted, today=datetime.now(UTC).date())
        sources = ingest.choose_sources(source)
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
    db = open_catalog(found.catalog)
    return _ledger(ingest.sync_sources(db, sources, found, since=first, until=last, categories=wanted), as_json)


def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders of papers.")],
    format: Annotated[str, typer.Option(help="A file format, or auto.")] = "auto",
    as_json: AsJson = False,
) -> int:
    """Take papers from files: arXiv Atom, OAI-PMH, RSS, Hugging Face and Papers with Code JSON, JSONL, BibTeX, RIS."""
    from app import importing
    from app.tagger import CatalogTagger
    from core.registry import discover
    from db.connect import open_catalog

    formats = discover("core.papers.formats", "FORMAT")
    if format != "auto" and format not in formats:
        raise Failure(f"unknown format {format!r}; there are: auto, {', '.join(formats)}", code=USAGE)
    db = open_catalog(settings().catalog)
    rows = importing.import_files(db, paths, format, CatalogTagger(db))
    return _ledger(rows, as_json)


def _ledger(rows: list[Any], as_json: bool) -> int:
    from db import ledger

    shown = [row.as_dict() for row in rows]
    if as_json:
        answer(shown)
    else:
        columns = ["file" if "file" in row else "source" for row in shown[:1]] + ["window", "outcome", "expected"]
        columns += ["received", "new", "changed", "duplicate", "refused", "requests"]
        table(columns, [[row[column] for column in columns] for row in shown])
    failed = [row for row in shown if row["outcome"] not in (*ledger.GOOD, ledger.REFUSED)]
    for row in failed:
        what = row.get("file") or row["source"]
        sys.stderr.write(f"trendlab: {what}: {row['outcome']}: {' '.join(str(row['error'] or '').split())}\n")
    return FAILED if failed else 0


def tag(
    path: Annotated[str, typer.Argument(help="A JSONL file of {id,title,abstract}, or - for standard input.")] = "-",
) -> int:
    """File papers under stages: JSONL in, JSONL out; needs no catalog."""
    from core.papers.paper import Paper
    from core.papers.tagging import tag_papers

    try:
        stream = sys.stdin if path == "-" else Path(path).open(encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}; name a JSONL file or - for standard input", code=FAILED) from error
    refused = 0
    with stream:
        batch: list[Paper] = []
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                batch.append(
                    Paper(id=str(record["id"]), title=str(record["title"]), abstract=record.get("abstract") or None)
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                refused += 1
                sys.stderr.write(f"trendlab: {path} line {number}: needs id and title as JSON ({error!r}); left out\n")
            if len(batch) == 500:
                _tagged(batch, tag_papers(batch))
                batch.clear()
        _tagged(batch, tag_papers(batch))
    return FAILED if refused else 0


def _tagged(papers: list[Any], taggings: list[Any]) -> None:
    for paper, tagging in zip(papers, taggings, strict=True):
        record = {
            "id": paper.id,
            "stages": tagging.values("stage"),
            "topics": tagging.values("topic"),
            "applications": tagging.values("application"),
            "confidence": tagging.confidence,
            "evidence": {item.value: [phrase.phrase for phrase in item.evidence] for item in tagging.tags},
        }
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", -negatives, title: author: cat: stage: topic: …')],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    every: Annotated[bool, typer.Option("--all", help="Rank all matches (BM25), not only the newest.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search titles, abstracts, authors and notes; the same language as the search box."""
    from db import visits
    from db.connect import open_catalog
    from db.records import Filters
    from db.search import search as find

    db = open_catalog(settings().catalog)
    found = find(db, query, limit=limit, filters=Filters(visited=visits.last(db)), every=every)
    rows = [
        {
            "id": stored.paper.id,
            "title": stored.paper.title,
            "stages": [item.value for item in stored.tags if item.kind == "stage"],
            "submitted": stored.paper.submitted.isoformat() if stored.paper.submitted else None,
            "score": score,
        }
        for stored, score in found.hits
    ]
    if as_json:
        answer(rows)
    else:
        table(("id", "submitted", "stages", "title"), _search_rows(rows))
    for hint in found.hints:
        sys.stderr.write(f"trendlab: {hint}\n")
    if found.cut:
        sys.stderr.write(f"trendlab: cut off after a while; the best of {found.considered:,} matches so far\n")
    elif not found.whole and any(score for _, score in found.hits):
        sys.stderr.write(f"trendlab: the best of the newest {found.considered:,} matches; --all ranks every one\n")
    elif not found.whole:
        sys.stderr.write(f"trendlab: the newest {found.considered:,} matches; --limit N shows more\n")


def _search_rows(rows: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(row["id"], (row["submitted"] or "")[:10], ", ".join(row["stages"]), row["title"]) for row in rows]


def _known(db: Any, text: str) -> str:
    """The base id of a paper that is in the catalog."""
    from db import papers

    try:
        base = parse_arxiv_id(text).base
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
    if papers.get(db, base) is None:
        raise Failure(f"{base} is not in the catalog; sync or import it first")
    return base


def _marker(state: State) -> Any:

    def mark(paper: Annotated[str, typer.Argument(metavar="ID")]) -> None:
        from db import reading
        from db.connect import open_catalog

        db = open_catalog(settings().catalog)
        base = _known(db, paper)
        reading.set_state(db, base, state)
        say(f"{base}: {state}")

    return mark


def note(
    text: Annotated[str, typer.Argument(help="Markdown, or - for standard input.")],
    title: Annotated[str, typer.Option(help="Title of the entry.")] = "",
    paper: Annotated[list[str] | None, typer.Option(help="Pin a paper.")] = None,
    run: Annotated[list[str] | None, typer.Option(help="Pin a run.")] = None,
) -> None:
    """Write a notebook entry, with papers and runs pinned to it."""
    from db import notes, runs
    from db.connect import open_catalog

    db = open_catalog(settings().catalog)
    pinned = [_known(db, item) for item in paper or []]
    for item in run or []:
        runs.get(db, item)
    body = sys.stdin.read() if text == "-" else text
    heading = title or f"{date.today():%Y-%m-%d}"
    pins = [*(notes.Pin("paper", item) for item in pinned), *(notes.Pin("run", item) for item in run or [])]
    say(f"note {notes.add(db, title=heading, body=body, pins=pins)} written")
