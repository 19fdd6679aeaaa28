"""Does the notebook open in its readers, whole, and run nothing that a note holds?"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nbformat

from core.exports.export import exports
from core.exports.report import Report


def text(key: str, report: Report, language: str = "en") -> str:
    return exports()[key].render(report, language).decode()


class Page(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_note_stands_with_its_pins(report: Report) -> None:
    markdown = text("notebook-markdown", report)
    for part in (
        "## 첫 메모",
        "2026-07-05",
        "**굵은**",
        "Pinned papers",
        "Pinned runs",
        "| supported |",
        "Shares by week",
    ):
        assert part in markdown
    assert "No longer there: r0" in markdown


def test_the_page_is_whole_and_loads_nothing(report: Report) -> None:
    page = Page(text("notebook-html", report, "ko"))
    names = {name for name, _ in page.tags}
    assert {"html", "h2", "strong", "table"} <= names
    assert not names & {"script", "img", "link", "iframe", "object"}
    policies = [attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes]
    assert policies and "default-src 'none'" in str(policies[0])


def test_a_hostile_note_runs_nothing_and_loads_nothing(hostile_report: Report) -> None:
    page = Page(text("notebook-html", hostile_report))
    assert not {name for name, _ in page.tags} & {"script", "img", "iframe", "object", "svg"}
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
    links = [str(attributes.get("href")) for name, attributes in page.tags if name == "a"]
    assert links and not any(re.match(r"\s*(javascript|data|vbscript):", link, re.IGNORECASE) for link in links)


def test_jupyter_takes_the_notebook_and_its_figure(report: Report) -> None:
    book = nbformat.reads(text("notebook-ipynb", report), as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert len(code) == 1
    drawn = code[0].outputs[0].data["application/vnd.plotly.v1+json"]
    assert drawn["data"][0]["y"] == [3.5, 4]
    assert any("첫 메모" in cell.source for cell in book.cells)


def test_the_code_of_a_figure_cell_draws_it(report: Report) -> None:
    book = nbformat.reads(text("notebook-ipynb", report), as_version=4)
    source = next(cell.source for cell in book.cells if cell.cell_type == "code")
    setting, _, expression = source.rpartition("\n\n")
    names: dict[str, object] = {}
    exec(setting, names)
    figure = eval(expression, names)  # noqa: S307 - the cell that was just written
    assert list(figure.data[0].x) == [1, 2]


def test_jupyter_takes_hostile_notes_and_an_empty_notebook(hostile_report: Report, empty_report: Report) -> None:
    for report in (hostile_report, empty_report):
        nbformat.validate(nbformat.reads(text("notebook-ipynb", report), as_version=4))
