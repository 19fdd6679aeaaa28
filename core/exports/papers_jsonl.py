"""A list of papers for programs: one JSON object a line, with everything that is known."""

from __future__ import annotations

from core.exports.export import Export
from core.exports.json_text import json_text, plain
from core.exports.report import ListedPaper, Report
from core.language import Text


def _line(listed: ListedPaper) -> str:
    tags = {"stages": listed.stages, "topics": listed.topics, "applications": listed.applications}
    record = plain(listed.paper) | plain(tags)
    # Merged records carry no history; the versions of one that does are told.
    if not record["history"]:
        del record["history"]
    # The id stays first: by it the file is recognised.
    return json_text(record, sort=False)


def _render(report: Report, language: str) -> bytes:
    return "".join(f"{_line(listed)}\n" for listed in report.papers).encode()


EXPORT = Export(
    id="papers-jsonl",
    suffix=".jsonl",
    mime="application/x-ndjson",
    kind="papers",
    name=Text("JSON Lines", "JSON Lines"),
    help=Text(
        "Everything known of each paper, an object a line; TrendLab imports it again.",
        "논문마다 아는 것 모두를 한 줄에 객체 하나로 담는다. 트렌드랩에서 다시 가져올 수 있다.",
    ),
    render=_render,
)
