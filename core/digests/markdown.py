"""How does a digest read? Ten minutes, from the top: the figures, what is followed, what was noticed, then by stage."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from core.digests import words
from core.digests.record import GOOD, Digest, FollowedNews, StageNews
from core.exports import words as common
from core.exports.escape import clean, markdown, title, url_of
from core.exports.report import ListedPaper, ReportedRun, ReportedTerm
from core.exports.sections import table
from core.exports.tables import ours
from core.language import Text
from core.papers.latex import readable
from core.papers.paper import LinkKind, Paper
from core.papers.trends import Period

_LINE = 220  # letters of what is said of a paper; half as many where each is a syllable
_LEAST = 40  # a first sentence shorter than this takes the next one with it
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_LINKS: dict[LinkKind, Text] = {"code": words.CODE, "project": words.PROJECT}
_IN_ADDRESS = "%/:?#@!&',;=~+"


def digest_markdown(digest: Digest, language: str) -> str:
    """The whole digest; what came from the network or from a person is escaped in it."""
    lines = [f"# {words.title(digest.span, language)}", "", *_head(digest, language)]
    if digest.papers:
        lines += _followed(digest, language)
        lines += _papers(words.NOTICED, digest.noticed, language)
        lines += _stages(digest, language)
    lines += _terms(digest.terms, language)
    lines += _runs(digest.runs, language)
    lines += _how(digest, language)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def one_line(paper: Paper, language: str) -> str:
    """How a summary in the language begins, else the abstract: a sentence of plain text, or as much as a line holds."""
    summary = paper.summary or {}
    text = " ".join(readable(clean(summary.get(language) or paper.abstract or summary.get("en") or "")).split())
    most, least = (_LINE // 2, _LEAST // 2) if _HANGUL.search(text) else (_LINE, _LEAST)
    end = text.find(". ", least, most)
    if end > 0:
        return text[: end + 1]
    if len(text) <= most:
        return text
    # Where nothing parts the words, anywhere.
    words_of_line = text[: most - 2].rpartition(" ")[0]
    return f"{words_of_line or text[: most - 2]} …"


def _head(digest: Digest, language: str) -> list[str]:
    why = words.why_empty(digest, language)
    if digest.is_empty:
        return [words.EMPTY.to(language), "", *(f"- {markdown(line)}" for line in why)]
    lines = [" · ".join(words.lead(digest, language))]
    if digest.troubles or not digest.synced:
        lines += ["", f"**{words.INCOMPLETE.to(language)}**", "", *(f"- {markdown(line)}" for line in why)]
        lines += ["", words.LATER.to(language)]
    elif why:
        lines += ["", *(f"- {markdown(line)}" for line in why)]
    return lines


def _followed(digest: Digest, language: str) -> list[str]:
    lines = ["", f"## {words.FOLLOWED.to(language)}", ""]
    if not digest.follows:
        return [*lines, words.NO_FOLLOWS.to(language)]
    if not digest.fitting:
        return [*lines, words.NONE_FITS.to(language).format(n=digest.follows)]
    return lines + [line for group in digest.followed for line in _group(group, language)]


def _group(group: FollowedNews, language: str) -> list[str]:
    lines = [f"### {markdown(group.name.to(language))} ({group.n})", ""]
    lines += [_item(listed, language) for listed in group.papers]
    left = group.n - group.above - len(group.papers)
    beside = [words.ABOVE.to(language).format(n=group.above)] if group.above else []
    if left:
        beside.append(words.MORE.to(language).format(n=left, query=markdown(group.query)))
    return [*lines, *([""] if group.papers else []), *([" · ".join(beside), ""] if beside else [])]


def _papers(head: Text, papers: tuple[ListedPaper, ...], language: str) -> list[str]:
    if not papers:
        return []
    return ["", f"## {head.to(language)}", "", *(_item(listed, language) for listed in papers)]


def _stages(digest: Digest, language: str) -> list[str]:
    if not digest.announced:
        return []
    has_usual = any(news.usual is not None for news in digest.stages)
    heads = [words.STAGE.to(language), words.PAPERS.to(language), *([words.USUAL.to(language)] if has_usual else [])]
    rows = [
        [common.tag_name("stage", news.stage, language), f"{news.n:,}", *([_usual(news)] if has_usual else [])]
        for news in digest.stages
    ]
    rows.append([words.NO_STAGE.to(language), f"{digest.without_stage:,}", *(["–"] if has_usual else [])])
    lines = ["", f"## {words.STAGES.to(language)}", "", table(heads, rows)]
    for news in digest.stages:
        if not news.papers:
            continue
        lines += ["", f"### {common.tag_name('stage', news.stage, language)} ({news.n:,})", ""]
        lines += [_item(listed, language) for listed in news.papers]
        if (left := news.n - news.above - len(news.papers)) > 0:
            lines += ["", words.MORE_OF_STAGE.to(language).format(n=f"{left:,}")]
    return lines


def _usual(news: StageNews) -> str:
    return "–" if news.usual is None else f"{news.usual:,.0f}"


def _item(listed: ListedPaper, language: str) -> str:
    """A list item: title, stages, votes, links, and a line of what it is about."""
    paper = listed.paper
    parts = [f"[{title(paper.title)}]({url_of(paper.id)})"]
    stages = ", ".join(common.tag_name("stage", stage, language) for stage in listed.stages)
    parts += [markdown(stages)] if stages else []
    for form, n in ((words.VOTES, paper.upvotes), (words.STARS, paper.stars)):
        parts += [form.to(language).format(n=f"{n:,}")] if n else []
    for kind, name in _LINKS.items():
        address = next((found for link in paper.links if link.kind == kind and (found := _address(link.url))), "")
        parts += [f"[{name.to(language)}]({address})"] if address else []
    about = markdown(one_line(paper, language))
    return f"- {' · '.join(parts)}" + (f"  \n  {about}" if about else "")


def _address(url: str) -> str:
    """A web address as Markdown takes it; empty for anything else."""
    try:
        parts = urlsplit(clean(url).strip())
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return quote(parts.geturl(), safe=_IN_ADDRESS) if known else ""


def _terms(terms: tuple[ReportedTerm, ...], language: str) -> list[str]:
    if not terms:
        return []
    lines = ["", f"## {words.TERMS.to(language)}", ""]
    for term in terms:
        counts = words.TERM.to(language).format(after=term.change.after, before=term.change.before)
        shown = ", ".join(f"[{title(one.paper.title)}]({url_of(one.paper.id)})" for one in term.examples)
        lines.append(f"- **{markdown(term.change.term)}** · {counts}" + (f" · {shown}" if shown else ""))
    return lines


def _runs(runs: tuple[ReportedRun, ...], language: str) -> list[str]:
    if not runs:
        return []
    lines = ["", f"## {words.RUNS.to(language)}", ""]
    for run in runs:
        preset = common.PRESETS.get(run.preset, Text(run.preset)).to(language)
        lines.append(f"- **{markdown(run.title.to(language))}** · {markdown(preset)} · {markdown(run.id)}")
        if not run.findings:
            lines.append(f"    - {common.NO_FINDINGS.to(language)}")
        for finding in run.findings:
            said = f"{words.PAPER_SAYS.to(language)}: {markdown(finding.paper_says.to(language))}"
            found = f"{words.OURS.to(language)}: {markdown(ours(finding, language))}"
            lines.append(
                f"    - **{markdown(common.outcome(finding.verdict, language))}** · "
                f"{markdown(finding.sentence.to(language))} · {found} · {said} "
                f"([{markdown(finding.paper)}]({url_of(finding.paper)}))"
            )
    return lines


def _how(digest: Digest, language: str) -> list[str]:
    span = digest.span
    told = words.days(Period(span.day, span.end), language)
    lines = ["", f"## {words.HOW.to(language)}", "", f"- {words.NEW_IS.to(language).format(days=told)}"]
    lines.append(f"- {words.LISTS_ARE.to(language).format(days=words.days(span.listed, language))}")
    if digest.announced:
        usual = digest.usual
        said = words.NO_USUAL if usual is None else words.USUAL_IS[span.every]
        lines.append(f"- {said.to(language).format(n=usual and usual.spans)}")
    well = (source for source in digest.sources if source.state in GOOD)
    return lines + [f"- {markdown(words.source_line(source, language))}" for source in well]
