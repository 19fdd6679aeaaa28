"""What happened in a period, for programs: the whole report, nothing left out, names in both languages."""

from __future__ import annotations

from typing import Any

from core.exports import words
from core.exports.export import Export
from core.exports.json_text import json_text, plain
from core.exports.report import Report
from core.language import LANGUAGES, Text
from core.papers.trends import Change

FORMAT_VERSION = 1


def _change(change: Change) -> dict[str, Any]:
    names = {language: words.tag_name(change.kind, change.value, language) for language in LANGUAGES}
    return plain(change) | {"name": names}


def record(report: Report) -> dict[str, Any]:
    """The report as a JSON object: every field under its own name, and what its properties add.

    Periods are objects with `start` and `end`, both included; intervals are lists of two.
    """
    joins = [plain(join) | {"change": _change(join.change), "stages": list(join.stages)} for join in report.joins]
    return plain(report) | {
        "v": FORMAT_VERSION,
        "is_unfinished": report.is_unfinished,
        "changes": list(map(_change, report.changes)),
        "joins": joins,
    }


def _render(report: Report, language: str) -> bytes:
    return (json_text(record(report), indent=1) + "\n").encode()


EXPORT = Export(
    id="summary-json",
    suffix=".json",
    mime="application/json",
    kind="summary",
    name=Text("JSON", "JSON"),
    help=Text(
        "Everything of the summary for a program, charts included, in both languages.",
        "프로그램에서 쓰기 위한 요약 전체. 그림까지 두 언어로 담는다.",
    ),
    render=_render,
)
