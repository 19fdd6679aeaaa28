"""What does a digest tell? One frozen record, gathered by the app, from which Markdown, page and feed are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from core.digests.span import Span
from core.exports.report import ListedPaper, ReportedRun, ReportedTerm
from core.language import Text

# well: asked since, and all came. quiet: asked since, and there was nothing. late: asked since, and the announcement
# was not shown yet. gap: asked since, but not for all days. open: being asked. unasked: not since. never: not at all.
# Else one of the ledger's words for a failure.
State = Literal["well", "quiet", "late", "gap", "open", "unasked", "never"] | str
GOOD: tuple[State, ...] = ("well", "quiet")


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """How far a source can be believed for the days of a digest.

    :param moment: when it was asked last, in UTC; None where it never was.
    :param error: what the ledger wrote down, in English.
    :param until: until when it is left alone, where it asked for that.
    """

    id: str
    title: Text
    state: State
    moment: datetime | None = None
    error: str = ""
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Usual:
    """How many papers came in such spans before: the median and the middle half of `spans` of them."""

    median: float
    low: float
    high: float
    spans: int


@dataclass(frozen=True, kw_only=True)
class StageNews:
    """A stage with its papers.

    :param usual: the median before; None where too few days were looked at.
    :param above: how many of the papers stand above in the digest.
    :param papers: the most noticed and clearest of the others, each under one stage only.
    """

    stage: str
    n: int
    usual: float | None = None
    above: int = 0
    papers: tuple[ListedPaper, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FollowedNews:
    """What came for something that is followed.

    :param n: all that fit; `above` of them stand under another follow, and `papers` are the first of the others.
    """

    name: Text
    query: str
    n: int
    above: int = 0
    papers: tuple[ListedPaper, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Digest:
    """The contract.

    :param announced: papers that arXiv announced; `listed` those on Hugging Face's lists; `papers` both, each once.
    :param usual: of the announced ones; None where too few days were looked at.
    :param without_stage: announced ones that are filed under no stage.
    :param follows: how many things are followed; `fitting` how many papers fit one of them.
    :param sources: all that a sync asks by default or by choice.
    :param synced: whether any of them was ever asked.
    :param settled: whether nothing can still be added because a source failed or was slow.
    :param newest: the moment of the newest thing that is told, in UTC.
    :param ids: all its papers, newest first.
    """

    span: Span
    announced: int = 0
    listed: int = 0
    papers: int = 0
    usual: Usual | None = None
    stages: tuple[StageNews, ...] = ()
    without_stage: int = 0
    follows: int = 0
    fitting: int = 0
    followed: tuple[FollowedNews, ...] = ()
    noticed: tuple[ListedPaper, ...] = ()
    terms: tuple[ReportedTerm, ...] = ()
    runs: tuple[ReportedRun, ...] = ()
    sources: tuple[SourceState, ...] = ()
    synced: bool = False
    quiet_days: tuple[tuple[date, Text | None], ...] = ()
    settled: bool = False
    newest: datetime
    ids: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no paper came."""
        return not self.papers

    @property
    def troubles(self) -> tuple[SourceState, ...]:
        """The sources that may have more than is told here."""
        return tuple(source for source in self.sources if source.state not in GOOD)
