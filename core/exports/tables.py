"""Which tables tell of a period? Heads and cells as plain text, which each format escapes in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.events import Verdict
from core.exports import words
from core.exports.report import (
    Evidence,
    Finding,
    JoinedStages,
    ListedPaper,
    NoticedPaper,
    Report,
    ReportedRun,
    ReportedTerm,
)
from core.language import Text, said_in
from core.papers.latex import readable
from core.papers.tags import TagKind
from core.papers.trends import Change


class Linked(NamedTuple):
    """A text that leads to a paper."""

    text: str
    paper_id: str


# Papers stand in a cell as links, one under the other.
Cell = str | tuple[Linked, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table.

    :param note: what its numbers mean, in a sentence or two; empty where they need none.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def link(listed: ListedPaper) -> Linked:
    """A paper's readable title, or its id where nothing of the title can be shown."""
    return Linked(readable(listed.paper.title).strip() or listed.paper.id, listed.paper.id)


def counts(report: Report, kind: TagKind, language: str) -> Sheet | None:
    """The tags of a kind in both periods; None where there are none."""
    changes = report.of_kind(kind)
    if not changes:
        return None
    return Sheet(
        title=words.GROUPS[kind].to(language),
        heads=(words.KINDS[kind].to(language), *_change_heads(language)),
        rows=tuple((words.tag_name(kind, one.value, language), *_change_cells(one, language)) for one in changes),
    )


def joins(given: Sequence[JoinedStages], language: str) -> Sheet | None:
    """Pairs of stages in both periods, with papers that show them; None where there are none."""
    if not given:
        return None
    return Sheet(
        title=words.JOINS.to(language),
        heads=(words.JOIN.to(language), *_change_heads(language), words.EXAMPLES.to(language)),
        rows=tuple(
            (
                words.tag_name("join", one.change.value, language),
                *_change_cells(one.change, language),
                tuple(map(link, one.examples)),
            )
            for one in given
        ),
        note=words.JOINS_TEST.to(language),
    )


def terms(given: Sequence[ReportedTerm], language: str) -> Sheet | None:
    """New words and phrases, with papers that show them; None where there are none."""
    if not given:
        return None
    heads = (words.TERM, words.BEFORE, words.AFTER, words.LOG_ODDS, Text("z"), Text("q"), words.EXAMPLES)
    return Sheet(
        title=words.TERMS.to(language),
        heads=tuple(head.to(language) for head in heads),
        rows=tuple(
            (
                one.change.term,
                words.count(one.change.before),
                words.count(one.change.after),
                words.number(one.change.log_odds),
                words.number(one.change.z),
                words.probability(one.change.q),
                tuple(map(link, one.examples)),
            )
            for one in given
        ),
        note=words.TERMS_TEST.to(language),
    )


def noticed(given: Sequence[NoticedPaper], language: str) -> Sheet | None:
    """The papers that most people noticed; None where there are none."""
    if not given:
        return None
    heads = (words.PAPER, words.VOTES, words.STARS, words.LIST_DAYS)
    return Sheet(
        title=words.NOTICED.to(language),
        heads=tuple(head.to(language) for head in heads),
        rows=tuple(
            ((link(one.listed),), words.count(one.votes), words.count(one.stars), words.count(one.list_days))
            for one in given
        ),
        note=words.NOTICED_BY.to(language),
    )


def evidence(run: ReportedRun, language: str) -> Sheet:
    """What a run found of each claim."""
    heads = (words.CLAIM, words.PAPER, words.REPORTED, words.OURS, words.VERDICT, words.DEVICE)
    return Sheet(
        title=run.title.to(language),
        heads=tuple(head.to(language) for head in heads),
        rows=tuple(
            (
                finding.sentence.to(language),
                (Linked(finding.paper, finding.paper),),
                finding.paper_says.to(language),
                ours(finding, language),
                words.outcome(finding.verdict, language),
                finding.verdict.device,
            )
            for finding in run.findings
        ),
    )


def claims(given: Sequence[Evidence], language: str) -> Sheet | None:
    """Every claim that can be tested here, the paper's number, and what was found; None where there are none."""
    if not given:
        return None
    heads = (words.STAGE, words.CLAIM, words.PAPER, words.REPORTED, words.RECORDED, words.OWN, words.IN_NULL_WORLD)
    return Sheet(
        title=words.CLAIMS.to(language),
        heads=tuple(head.to(language) for head in heads),
        rows=tuple(
            (
                words.tag_name("stage", item.stage, language),
                item.sentence.to(language),
                (Linked(item.paper, item.paper),),
                item.paper_says.to(language),
                *(_results(item, origin, language) for origin in ("recorded", "own")),
                _in_null_world(item, language),
            )
            for item in given
        ),
        note=words.CLAIMS_NOTE.to(language),
    )


def _results(item: Evidence, origin: str, language: str) -> str:
    """Verdict, number and day of each result of one origin in the real world."""
    found = []
    for result in item.found():
        if result.origin == origin:
            said = words.OUTCOMES[result.verdict.outcome].to(language)
            found.append(f"{said}: {value(result.verdict, item.unit, language)}, {result.at:%Y-%m-%d}")
    return "; ".join(found) or "–"


def _in_null_world(item: Evidence, language: str) -> str:
    outcomes = dict.fromkeys(result.verdict.outcome for result in item.found(null=True))
    return "; ".join(words.OUTCOMES[outcome].to(language) for outcome in outcomes) or "–"


def ours(finding: Finding, language: str) -> str:
    """Our number with its interval, unit and replicates."""
    return value(finding.verdict, finding.unit, language)


def value(verdict: Verdict, unit: Text, language: str) -> str:
    """A verdict's contrast with its interval, unit and replicates."""
    if verdict.contrast is None:
        return "–"
    span = "" if verdict.low is None else f" [{words.number(verdict.low)}, {words.number(verdict.high)}]"
    return f"{words.number(verdict.contrast)}{span} {unit.to(language)} (n = {verdict.n})".replace("  ", " ")


def reasons(run: ReportedRun, language: str) -> list[str]:
    """What decided, a sentence a finding."""
    said = (finding.verdict.reason for finding in run.findings)
    return [said_in(reason, language) for reason in said if reason]


def made_with(findings: Iterable[Finding], language: str) -> list[str]:
    """Versions and commit, once where findings share them."""
    lines = []
    for verdict in (finding.verdict for finding in findings):
        versions = ", ".join(f"{name} {value}" for name, value in sorted(verdict.versions.items()))
        parts = [f"{words.VERSIONS.to(language)}: {versions}"] if versions else []
        if verdict.commit:
            parts.append(f"{words.COMMIT.to(language)}: {verdict.commit}")
        lines.append(" · ".join(parts))
    return [line for line in dict.fromkeys(lines) if line]


def _change_heads(language: str) -> tuple[str, ...]:
    heads = (
        *(words.BEFORE, words.AFTER, words.SHARE_BEFORE, words.SHARE, words.INTERVAL),
        *(Text("p"), Text("q"), words.CHANGE),
    )
    return tuple(head.to(language) for head in heads)


def _change_cells(change: Change, language: str) -> tuple[str, ...]:
    return (
        words.count(change.before),
        words.count(change.after),
        words.percent(change.share_before),
        words.percent(change.share_after),
        words.percents(change.interval_after),
        words.probability(change.p),
        words.probability(change.q),
        words.DIRECTIONS[change.direction].to(language),
    )
