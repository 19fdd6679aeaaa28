"""What is there to read before the first sync? Landmark papers with tags and summaries in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.language import LANGUAGES, Text
from core.papers.formats.jsonl import paper_from
from core.papers.paper import Paper
from core.papers.reading.fields import read_texts
from core.papers.reading.json_documents import load_json, read_lines
from core.papers.source import About, Broken, Checkpoint, Page, Problem, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http

FOLDER = Path(__file__).resolve().parent.parent / "starter"


def starter_paper(entry: Any) -> Paper:
    """One line of the catalog: bibliographic facts, `stages`, `topics`, `applications`, and three sentences each under
    `en` and `ko`.

    :raises ValueError: no object, no arXiv id, no title or no sentences.
    """
    paper = paper_from(entry)
    summary = {language: " ".join(read_texts(entry.get(language))) for language in LANGUAGES}
    if not all(summary.values()):
        raise ValueError(f"{paper.id}: no sentences in one of {', '.join(LANGUAGES)}")
    return replace(
        paper,
        primary_category=paper.categories[0] if paper.categories else None,
        summary=summary,
        stages=read_texts(entry.get("stages")),
        topics=read_texts(entry.get("topics")),
        applications=read_texts(entry.get("applications")),
    )


class StarterConnection:
    """Reads the catalog's files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """All of the catalog as one page, whatever the window.

        :raises Broken: the folder holds no catalog.
        """
        papers: list[Paper] = []
        problems: list[Problem] = []
        for path in sorted(self._folder.glob("*.jsonl")):
            with path.open("rb") as stream:
                for number, line in read_lines(stream):
                    try:
                        papers.append(starter_paper(load_json(line)))
                    except (Broken, ValueError) as error:
                        problems.append(Problem(f"{path.name} line {number}", str(error)))
        received = len(papers) + len(problems)
        if not received:
            raise Broken(f"the starter catalog is missing from {self._folder}; install TrendLab again", requests=0)
        yield Page(papers=tuple(papers), said=received, received=received, problems=tuple(problems), requests=0)


class StarterSource:
    """The catalog that ships with the app."""

    id = "starter"
    about = About(
        title=Text("Starter catalog", "기본 카탈로그"),
        help=Text(
            "Landmark papers on language models with tags and three sentences each, so that the app is useful before "
            "the first sync and without a network.",
            "언어모델 분야의 대표 논문에 태그와 세 문장 요약을 달아 두었다. 첫 동기화 전이나 네트워크가 없을 때도 바로 "
            "쓸 수 있다.",
        ),
        limits=Text("Ships with the app; asks no server.", "앱에 들어 있으며 서버에 요청하지 않는다."),
        setting=None,
        default=False,
        provider=None,
        days="submitted",
        again=0,
    )

    def open(
        self,
        *,
        endpoint: str = "",
        http: Http | None = None,
        memory: Checkpoint | None = None,
        folder: Path = FOLDER,
    ) -> StarterConnection:
        """A connection to the files; `endpoint`, `http` and `memory` mean nothing here."""
        return StarterConnection(folder)


SOURCE = StarterSource()
