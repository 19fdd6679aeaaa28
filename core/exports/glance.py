"""What is the news of a period in a few lines, as plain text?"""

from __future__ import annotations

from typing import NamedTuple

from core.exports import words
from core.exports.report import Report
from core.papers.trends import Change, surges

TERMS_NAMED = 5


class Line(NamedTuple):
    """One line: what it is about (empty for a sentence that stands alone), what is said of it."""

    label: str
    text: str
    is_warning: bool = False


def glance(report: Report, language: str) -> list[Line]:
    """The periods with their papers, a warning where the period is not over, and what rose and fell beyond chance."""
    lines = [
        Line(words.PERIOD.to(language), f"{report.period} ({words.papers(report.papers_after, language)})"),
        Line(words.COMPARED.to(language), f"{report.before} ({words.papers(report.papers_before, language)})"),
        Line(words.GENERATED.to(language), str(report.generated_for)),
    ]
    if report.is_unfinished:
        lines.append(Line("", words.UNFINISHED.to(language), is_warning=True))
    if not report.papers_after:
        return [*lines, Line("", words.NO_PAPERS.to(language))]
    rising, falling = surges((*report.changes, *(join.change for join in report.joins)))
    for word, found in ((words.RISING, rising), (words.FALLING, falling)):
        if found:
            lines.append(Line(word.to(language), ", ".join(_named(change, language) for change in found)))
    if not rising and not falling:
        lines.append(Line("", words.NO_CHANGE.to(language)))
    if report.terms:
        named = ", ".join(one.change.term for one in report.terms[:TERMS_NAMED])
        lines.append(Line(words.TERMS.to(language), named))
    return lines


def _named(change: Change, language: str) -> str:
    name = words.tag_name(change.kind, change.value, language)
    return f"{name} ({change.before:,} → {change.after:,}, q {words.probability(change.q)})"
