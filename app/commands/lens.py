"""The stage lens's commands: `lens` says how good the tagger is, `correct` what it says, and `retrain` it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.commands.console import USAGE, AsJson, Failure, answer, say, table
from app.settings import settings
from core.papers.ids import parse_arxiv_id


def add_to(app: typer.Typer) -> None:
    """Register this room's commands."""
    app.command()(lens)
    app.command()(correct)
    app.command()(retrain)


def lens(
    markdown: Annotated[bool, typer.Option("--markdown", help="The table of the README.")] = False,
    as_json: AsJson = False,
) -> None:
    """How good the tagger is on papers that it has not seen, beside a plain classifier and two readers."""
    from dataclasses import asdict

    from core.papers.lens.figures import figures

    if as_json:
        answer(asdict(figures()))
    elif markdown:
        say(markdown_table())
    else:
        columns, *rows = _figure_rows()
        table(columns, rows)


def markdown_table() -> str:
    """The published figures as a Markdown table."""
    columns, *rows = _figure_rows()
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _figure_rows() -> list[list[str]]:
    """Who judged what, macro-F1, F1 with precision and recall of each stage, and what else was measured."""
    from core.papers.lens.figures import Score, View, figures
    from core.papers.taxonomy import stages

    found = figures()

    def row(name: str, score: Score, view: View | None = None) -> list[str]:
        cells = [f"{one.f1:.2f} ({one.precision:.2f}, {one.recall:.2f})" for one in score.stages.values()]
        rest = ["", "", ""]
        if view is not None:
            rest = [f"{view.coverage:.1%}", f"{view.calibration_error:.3f}", f"{view.false_tags:.1%}"]
        return [name, f"{score.macro_f1:.3f}", *cells, *rest]

    blind = found.blind
    return [
        ["", "macro-F1", *(f"{stage}: F1 (precision, recall)" for stage in stages()), "coverage", "calibration error",
         "tagged without a language model"],
        row(f"tagger, {found.abstract.papers:,} papers with abstracts", found.abstract.tagger, found.abstract),
        row("plain TF-IDF and logistic regression, the same", found.abstract.floor),
        row(f"tagger, {found.title.papers:,} titles alone", found.title.tagger, found.title),
        row("plain TF-IDF and logistic regression, the same", found.title.floor),
        row(f"first reader, {blind.papers} papers", blind.first),
        row("second reader, the same", blind.second),
        row("tagger, the same", blind.tagger),
        row("first reader against the second", blind.between),
    ]  # fmt: skip


def correct(
    papers: Annotated[str, typer.Argument(metavar="ID[,ID…]", help="A paper, or several.")],
    stages: Annotated[list[str] | None, typer.Argument(help="The right stages; `none` for no stage at all.")] = None,
    kind: Annotated[str, typer.Option(help="What is named: stage, topic or application.")] = "stage",
    undo: Annotated[bool, typer.Option("--undo", help="Take the correction back.")] = False,
) -> None:
    """Set the stages of papers by hand; this wins over the tagger for ever."""
    from core.papers.taxonomy import entry
    from db import tags
    from db.connect import open_catalog
    from db.papers import get_many

    about = next((known for known in tags.KINDS if known == kind), None)
    if about is None:
        raise Failure(f"--kind {kind!r} does not exist; use {', '.join(tags.KINDS)}", code=USAGE)
    if not stages and not undo:
        raise Failure("name the right stages (build adapt align ask), `none`, or --undo", code=USAGE)
    values = [] if stages == ["none"] else list(dict.fromkeys(stages or ()))
    try:
        ids = [parse_arxiv_id(part).base for part in papers.split(",") if part.strip()]
        for value in values:
            entry(about, value)
    except ValueError as error:
        raise Failure(str(error), code=USAGE) from error
    if not ids:
        raise Failure("name a paper, as 2106.09685", code=USAGE)
    db = open_catalog(settings().catalog)
    known = {stored.paper.id for stored in get_many(db, ids)}
    if missing := [paper for paper in ids if paper not in known]:
        raise Failure(f"{', '.join(missing)}: not in the catalog; sync or import it first")
    if undo:
        tags.uncorrect(db, ids, about)
    else:
        tags.correct_many(db, ids, about, values)
    told = "the correction is taken back" if undo else ", ".join(values) or f"no {kind}"
    for paper in ids:
        say(f"{paper}: {told}")


def retrain(
    undo: Annotated[bool, typer.Option("--undo", help="File the catalog by the tagger as shipped again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Teach the tagger what was corrected, show what it is worth, and file the whole catalog by it."""
    from app.retraining import work
    from app.retraining.background import alone
    from db import retrainings
    from db.connect import open_catalog

    found = settings()
    db = open_catalog(found.catalog)
    try:
        with alone(found.home):
            if not undo:
                work.work(db, on_step=_progress)  # first what a killed process has left
            asked = work.ask_shipped(db) if undo else work.ask(db)
            work.work(db, on_step=_progress)
    except (retrainings.Busy, work.NothingToLearn) as error:
        raise Failure(str(error)) from error
    row = retrainings.last(db) if asked is None else retrainings.get(db, asked.id)
    if asked is not None and row is not None and row.state != "finished":
        raise Failure(row.message or "it was cancelled; the catalog is as it was before")
    report = _report(db, row)
    if as_json:
        answer(report)
        return
    if asked is None:
        say("the tagger is as shipped" if undo else "there is no new correction; this is what the tagger has learned")
    _show(report)


def _progress(words: str) -> None:
    """How far it is, on one line that is written over; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


def _report(db: Any, row: Any) -> dict[str, Any]:
    from db import teachings

    taught = None if row is None or row.teaching is None else teachings.get(db, row.teaching)
    moves = {} if row is None else row.moves
    return {
        "tagger": "shipped" if taught is None else "retrained",
        "corrections": 0 if taught is None else len(taught.corrections),
        "figures": None if taught is None else taught.figures,
        "papers": 0 if row is None else row.done,
        "changed": 0 if row is None else row.changed,
        "moves": {stage: {"came": came, "went": went} for stage, (came, went) in moves.items()},
        "examples": [] if row is None else [example._asdict() for example in row.examples],
    }


def _show(report: dict[str, Any]) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    for name, words in (("corrections", "your corrections, each held back once"), ("curated", "the curated list")):
        side = (report["figures"] or {}).get(name)
        if side is not None:
            table(("", "as shipped", "retrained"), _rows(side), title=f"{words}: {side['papers']} papers")
            say(_verdict(side))
    say(f"{report['changed']:,} of {report['papers']:,} papers have changed stage")
    for stage, move in report["moves"].items():
        say(f"  {stage}: {move['came']:,} came, {move['went']:,} went")
    for example in report["examples"][:5]:
        sides = (", ".join(example[side]) or "none" for side in ("before", "after"))
        say(f"  {example['id']}: {' -> '.join(sides)}")
    if report["tagger"] == "retrained":
        say("take it back with: python -m app retrain --undo")


def _rows(side: dict[str, Any]) -> list[Sequence[str]]:
    pair = (side["before"], side["after"])
    rows: list[Sequence[str]] = [
        ("every stage right", *(str(found["right"]) for found in pair)),
        ("macro-F1", *(f"{found['macro_f1']:.3f}" for found in pair)),
    ]
    rows += [
        (f"F1 {stage}", *(f"{found['stages'][stage]['f1']:.3f}" for found in pair))
        for stage, quality in side["before"]["stages"].items()
        if quality["papers"]
    ]
    return rows


def _verdict(side: dict[str, Any]) -> str:
    from core.papers.relearning import TELLING

    told = f"{side['better']} papers better, {side['worse']} worse (p = {side['p']:.2g})"
    if side["papers"] < TELLING:
        return f"{told}; with fewer than {TELLING} papers that says little"
    return told if side["p"] <= 0.05 else f"{told}: too small to tell from chance"
