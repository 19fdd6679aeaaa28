"""Does the JSON summary lose nothing, in a form that every reader takes?"""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from core.exports.export import exports
from core.exports.json_text import json_in_html, json_text, plain
from core.exports.report import Report, ReportedRun


def strictly(content: bytes) -> Any:
    """JSON as the standard has it: no NaN, no name twice."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in pairs}) == len(pairs)
        assert [name for name, _ in pairs] == sorted(name for name, _ in pairs)
        return dict(pairs)

    return json.loads(content.decode(), parse_constant=refuse, object_pairs_hook=once)


def record(report: Report, language: str = "en") -> Any:
    return strictly(exports()["summary-json"].render(report, language))


def test_every_field_of_the_report_is_told(report: Report) -> None:
    found = record(report)
    assert found["v"] == 1
    assert {field.name for field in fields(Report)} | {"v", "is_unfinished"} == set(found)
    assert found["period"] == {"start": "2026-07-01", "end": "2026-07-31"} and found["is_unfinished"] is False
    assert found["papers"][0]["paper"]["authors"] == list(report.papers[0].paper.authors)
    assert found["figures"][0]["plotly"] == report.figures[0].plotly
    assert found["notes"][0]["missing"] == ["r0"]


def test_counts_come_with_names_intervals_and_the_test(report: Report) -> None:
    agents = next(change for change in record(report)["changes"] if change["value"] == "agents")
    change = next(change for change in report.changes if change.value == "agents")
    assert agents["name"] == {"en": "Agents and tools", "ko": "에이전트와 도구"}
    assert agents["interval_after"] == list(change.interval_after or ())
    assert (agents["before"], agents["after"], agents["q"]) == (10, 60, change.q)


def test_terms_noticed_papers_and_joins_are_told(report: Report) -> None:
    found = record(report)
    assert (
        found["terms"][0]["change"]["term"] == "test-time scaling" and found["terms"][0]["change"]["log_odds"] == 2.31
    )
    assert found["noticed"][0]["votes"] == 1234 and found["noticed"][0]["list_days"] is None
    assert found["joins"][0]["stages"] == ["adapt", "align"]
    assert found["joins"][0]["change"]["name"] == {"en": "Adapt + Align", "ko": "적응 + 정렬"}


def test_a_verdict_keeps_all_that_decided_it(report: Report) -> None:
    verdict = record(report)["runs"][0]["findings"][0]["verdict"]
    assert verdict["low"] == 0.05 and verdict["versions"] == {"torch": "2.13.0"} and verdict["null"] is False
    assert verdict["reason"]["ko"] == "구간이 기준값보다 위에 있다."


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(report: Report, run: ReportedRun, odd: float) -> None:
    finding = run.findings[0]
    lost = replace(
        run, findings=(replace(finding, verdict=replace(finding.verdict, contrast=odd)),), params={"lr": odd}
    )
    found = record(replace(report, runs=(lost,)))["runs"][0]
    assert found["findings"][0]["verdict"]["contrast"] is None and found["params"] == {"lr": None}


def test_both_languages_are_in_the_one_file(report: Report) -> None:
    assert record(report, "en") == record(report, "ko")


def test_hostile_texts_come_back_as_they_were(hostile_report: Report, hostile: list[str]) -> None:
    found = record(hostile_report)
    assert [listed["paper"]["title"] for listed in found["papers"]] == hostile
    content = exports()["summary-json"].render(hostile_report, "en").decode()
    assert not set(content) & {"\u2028", "\u2029", "\u202e", "\x85"}


def test_numpys_numbers_are_numbers() -> None:
    given = {"a": np.array([1.5, np.nan]), "b": np.int64(3), "c": np.float32(0.5), "d": (True, None)}
    assert plain(given) == {"a": [1.5, None], "b": 3, "c": 0.5, "d": [True, None]}


def test_what_json_cannot_carry_is_refused() -> None:
    with pytest.raises(TypeError, match="has no form in JSON"):
        json_text({"a": object()})


def test_nothing_inside_a_script_element_can_end_it() -> None:
    given = {"x": "</script><!-- & \u2028"}
    text = json_in_html(given)
    assert not set(text) & set("<>&\u2028") and json.loads(text) == given
