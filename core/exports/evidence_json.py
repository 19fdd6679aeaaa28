"""Every claim and what was found of it, for programs: every field under its own name, words in both languages."""

from __future__ import annotations

from core.exports.export import Export
from core.exports.json_text import json_text, plain
from core.exports.report import Report
from core.language import Text

FORMAT_VERSION = 1


def _render(report: Report, language: str) -> bytes:
    record = {"v": FORMAT_VERSION, "claims": [plain(item) for item in report.evidence]}
    return (json_text(record, indent=1) + "\n").encode()


EXPORT = Export(
    id="evidence-json",
    suffix=".json",
    mime="application/json",
    kind="evidence",
    name=Text("JSON", "JSON"),
    help=Text(
        "Claims with all their results, whole, for a program.",
        "프로그램에서 쓰기 위한 주장과 결과 전체.",
    ),
    render=_render,
)
