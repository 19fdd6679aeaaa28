"""What is there to tell? One frozen record, gathered by the app, from which every export format is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from core.events import Verdict
from core.language import Text
from core.papers.paper import Paper
from core.papers.tags import TagKind
from core.papers.taxonomy import applications, stages, topics
from core.papers.terms import TermChange
from core.papers.trends import Change, Period


@dataclass(frozen=True, kw_only=True)
class ListedPaper:
    """A paper with the tags that hold, most fitting first; it may differ from what its source said of it."""

    paper: Paper
    stages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReportedTerm:
    """A word or phrase that titles use more than before, with papers that show it, newest first."""

    change: TermChange
    examples: tuple[ListedPaper, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoticedPaper:
    """A paper of the period that many noticed; None where no source tells.

    :param list_days: on how many days Hugging Face listed it.
    """

    listed: ListedPaper
    votes: int | None = None
    stars: int | None = None
    list_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class JoinedStages:
    """Papers that are about two stages at once, against the period before.

    :param change: its value is the two stages in the order of the pipeline, joined by `+`.
    """

    change: Change
    examples: tuple[ListedPaper, ...] = ()

    @property
    def stages(self) -> tuple[str, ...]:
        """The two stages, in the order of the pipeline."""
        return tuple(self.change.value.split("+"))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was claimed, what the paper reported, and what our run found.

    :param paper: arXiv id.
    :param reported: the paper's own number, as a sentence or a figure; `checked` whether it was read at the source.
    :param unit: of the contrast.
    """

    sentence: Text
    paper: str
    reported: Text
    checked: bool
    unit: Text
    verdict: Verdict

    @property
    def paper_says(self) -> Text:
        """The paper's number, marked as approximate where it was not read at the source."""
        return paper_says(self.reported, checked=self.checked)


def paper_says(reported: Text, *, checked: bool) -> Text:
    """A paper's number, marked as approximate where it was not read at the source."""
    if checked:
        return reported
    korean = reported.to("ko")
    return Text(f"about: {reported.en} (not checked at the source)", f"어림값: {korean} (원문 미확인)")


@dataclass(frozen=True, kw_only=True)
class Result:
    """One verdict on a claim, and where it comes from.

    :param origin: "recorded": kept by the project beside its code; "own": of a run in this catalog.
    :param at: when it was reached.
    :param run: the run's id, for one's own.
    """

    origin: Literal["recorded", "own"]
    preset: str
    at: datetime
    verdict: Verdict
    run: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A claim that an experiment tests, what its paper reported, and every result that counts here.

    :param claim: its id within the experiment.
    :param paper: arXiv id.
    :param results: recorded ones, and the newest of one's own; of the real world and of the null world.
    """

    stage: str
    experiment: str
    title: Text
    claim: str
    sentence: Text
    paper: str
    reported: Text
    checked: bool
    margin: float
    unit: Text
    results: tuple[Result, ...] = ()

    @property
    def paper_says(self) -> Text:
        """The paper's number, marked as approximate where it was not read at the source."""
        return paper_says(self.reported, checked=self.checked)

    def found(self, *, null: bool = False) -> tuple[Result, ...]:
        """The results of one world: one's own first."""
        chosen = (result for result in self.results if result.verdict.null == null)
        return tuple(sorted(chosen, key=lambda result: (result.origin != "own", -result.at.timestamp())))


@dataclass(frozen=True, kw_only=True)
class ReportedRun:
    """One run of an experiment."""

    id: str
    experiment: str
    title: Text
    stage: str
    preset: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    finished: datetime | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReportedFigure:
    """A Plotly figure as JSON (`data` and `layout`)."""

    name: str
    title: Text
    plotly: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportedNote:
    """A notebook entry, its pins looked up.

    :param text: Markdown, as the person wrote it.
    :param missing: pins that no longer lead anywhere.
    """

    id: str
    created: datetime
    title: str
    text: str
    papers: tuple[ListedPaper, ...] = ()
    runs: tuple[ReportedRun, ...] = ()
    figures: tuple[ReportedFigure, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that an export can tell.

    :param generated_for: the day on which it was asked for; a format never looks at the clock.
    :param papers_before, papers_after: all papers of the two periods, tagged or not.
    :param changes: every tag that stands in one of the periods: its counts, and the test of their difference.
    :param terms: new words and phrases, the surest first.
    :param noticed: the papers of the period that most people noticed.
    :param joins: pairs of stages that papers join, the most frequent first.
    :param papers: notable papers in a summary, the list itself in a list of papers, newest first.
    :param evidence: every claim that can be tested, by stage.
    :param name: what a list of papers is called, and `query` the search that made it; empty for all papers.
    """

    period: Period
    before: Period
    generated_for: date
    papers_before: int = 0
    papers_after: int = 0
    changes: tuple[Change, ...] = ()
    terms: tuple[ReportedTerm, ...] = ()
    noticed: tuple[NoticedPaper, ...] = ()
    joins: tuple[JoinedStages, ...] = ()
    papers: tuple[ListedPaper, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    runs: tuple[ReportedRun, ...] = ()
    figures: tuple[ReportedFigure, ...] = ()
    notes: tuple[ReportedNote, ...] = ()
    name: str = ""
    query: str = ""

    @property
    def is_unfinished(self) -> bool:
        """Whether the period still gets papers."""
        return self.period.is_unfinished(self.generated_for)

    def of_kind(self, kind: TagKind) -> list[Change]:
        """The tags of one kind in the order of the taxonomy; unknown ones last."""
        known = {"stage": stages(), "topic": topics(), "application": applications()}[kind]
        order = {key: place for place, key in enumerate(known)}
        chosen = (change for change in self.changes if change.kind == kind)
        return sorted(chosen, key=lambda change: (order.get(change.value, len(order)), change.value))
