"""A list of papers for programs: one JSON object a line, with everything that is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from core.exports.export import Export
from core.exports.report import ListedPaper, Report
from core.language import Text


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")


def _line(listed: ListedPaper) -> str:
    tags = {"stages": listed.stages, "topics": listed.topics, "applications": listed.applications}
    record = json.dumps(asdict(listed.paper) | tags, default=_plain, ensure_ascii=False, allow_nan=False)
    # Lone surrogates have no UTF-8, and some readers end a line at U+2028: such lines are written with escapes.
    return record if record.isprintable() else json.dumps(json.loads(record), ensure_ascii=True)


def _render(report: Report, language: str) -> bytes:
    return "".join(f"{_line(listed)}\n" for listed in report.papers).encode()


EXPORT = Export(
    id="papers-jsonl",
    suffix=".jsonl",
    mime="application/x-ndjson",
    kind="papers",
    title=Text("Papers (JSON lines)", "논문 목록 (JSONL)"),
    render=_render,
)
