"""What happened in a period, for people: counts, changes beyond chance, papers, and the evidence of one's own runs."""

from __future__ import annotations

from core.exports import words
from core.exports.escape import markdown
from core.exports.export import Export
from core.exports.report import Report
from core.exports.sections import figure_section, paper_line, run_section, table
from core.language import Text
from core.papers.tags import TagKind
from core.papers.trends import Change, surges


def _glance(report: Report, language: str) -> list[str]:
    counted = words.COUNTED.to(language)
    lines = [
        f"- {words.PERIOD.to(language)}: {report.period} ({counted.format(report.papers_after)})",
        f"- {words.COMPARED.to(language)}: {report.before} ({counted.format(report.papers_before)})",
        f"- {words.GENERATED.to(language)}: {report.generated_for}",
    ]
    if report.is_unfinished:
        lines.append(f"- **{words.UNFINISHED.to(language)}**")
    if not report.papers_after:
        return [*lines, "", words.NO_PAPERS.to(language)]
    rising, falling = surges(report.changes)
    for word, found in ((words.RISING, rising), (words.FALLING, falling)):
        if found:
            named = ", ".join(_named(change, language) for change in found)
            lines.append(f"- {word.to(language)}: {named}")
    if not rising and not falling:
        lines.append(f"- {words.NO_CHANGE.to(language)}")
    return lines


def _named(change: Change, language: str) -> str:
    name = markdown(words.tag_name(change.kind, change.value, language))
    return f"**{name}** ({change.before} → {change.after}, q {markdown(words.probability(change.q))})"


def _counts(report: Report, kind: TagKind, language: str) -> list[str]:
    changes = report.of_kind(kind)
    if not changes:
        return []
    heads = (
        words.KINDS[kind],
        words.BEFORE,
        words.AFTER,
        words.SHARE_BEFORE,
        words.SHARE,
        words.INTERVAL,
        Text("p"),
        Text("q"),
        words.CHANGE,
    )
    rows = [
        [
            markdown(words.tag_name(kind, change.value, language)),
            str(change.before),
            str(change.after),
            words.percent(change.share_before),
            words.percent(change.share_after),
            words.percents(change.interval_after),
            markdown(words.probability(change.p)),
            markdown(words.probability(change.q)),
            words.DIRECTIONS[change.direction].to(language),
        ]
        for change in changes
    ]
    return ["", f"## {words.GROUPS[kind].to(language)}", "", table([head.to(language) for head in heads], rows)]


def _render(report: Report, language: str) -> bytes:
    lines = [f"# {words.SUMMARY.to(language)} {report.period}", "", f"## {words.GLANCE.to(language)}", ""]
    lines += _glance(report, language)
    for kind in words.KINDS:
        lines += _counts(report, kind, language)
    if report.changes:
        lines += ["", words.TEST.to(language)]
    if report.papers:
        lines += ["", f"## {words.NOTABLE.to(language)}", ""]
        lines += [paper_line(listed, language) for listed in report.papers]
    lines += ["", f"## {words.EVIDENCE.to(language)}", ""]
    lines.append("\n\n".join(run_section(run, language) for run in report.runs) or words.NO_RUNS.to(language))
    if report.figures:
        lines += ["", f"## {words.FIGURES.to(language)}", ""]
        lines.append("\n\n".join(figure_section(figure, language) for figure in report.figures))
    return ("\n".join(lines) + "\n").encode()


EXPORT = Export(
    id="summary-markdown",
    suffix=".md",
    mime="text/markdown",
    kind="summary",
    title=Text("Trend summary (Markdown)", "동향 요약 (마크다운)"),
    render=_render,
)
