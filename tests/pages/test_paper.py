"""A paper's page: its formulas, its authors, its versions, how it is cited, and whether what it claims holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.ui.paper import heading
from app.ui.paper.citing import cited
from core.papers.paper import Link, Paper
from db import notes, runs
from db.papers import get, upsert
from tests.app.ended_runs import ended, induction
from tests.pages.opening import opened, raw, shown, words

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ID = "2601.00001"
CLAIMED = "2209.11895"  # tested by attention-maps


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(settings().catalog)
    yield catalog
    catalog.close()


def told(db: Database, version: int = 1, **fields: object) -> None:
    known = {
        "id": ID,
        "title": "On zebras",
        "abstract": "We look at zebras in the wild.",
        "authors": ("Ada Example", "Bob *Other*"),
        "version": version,
        "submitted": NOW,
        "updated": NOW + timedelta(days=version - 1),
    }
    seen = NOW + timedelta(days=version)
    upsert(db, [Paper(**(known | fields))], source="arxiv", day=seen.date(), seen_at=seen)  # type: ignore[arg-type]


def html(app: AppTest) -> str:
    return "\n".join(str(item.proto.body) for item in app.get("html"))


def links(app: AppTest) -> list[tuple[str, str]]:
    """Label and query of each link to a page of the app."""
    return [(item.proto.label.replace("\\", ""), item.proto.query_string) for item in app.get("page_link")]


@pytest.mark.parametrize(
    ("raw_title", "markdown"),
    [
        (r"$\pi_0$: a *model*", r"$\pi_0$\: a \*model\*"),
        (r"An $O(n)$ way from $5 to $10", r"An $O(n)$ way from \$5 to \$10"),
        (r"$x$$y$", "$x$ $y$"),
        (r"Is $a<b$?", r"Is $a\lt b$\?"),
        # Not for KaTeX: as text.
        (r"$\href{javascript:alert(1)}{x}$ & y", r"\$\\href\{javascript\:alert\(1\)\}\{x\}\$ \& y"),
        (r"\textbf{Big $x$} models", r"Big x models"),
        (r"\emph{Small} models", "Small models"),
        ("<b>$", r"\<b\>\$"),
    ],
)
def test_a_title_is_text_with_formulas_in_it(raw_title: str, markdown: str) -> None:
    assert heading.title(Paper(id=ID, title=raw_title)) == markdown


def test_an_author_leads_to_the_papers_by_them(db: Database) -> None:
    told(db)
    app = shown(opened("paper", id=ID))
    by_name = dict(links(app))
    assert by_name["Ada Example"] == "q=author%3A%22Ada+Example%22"
    assert by_name["Bob *Other*"] == "q=author%3A%22Bob+%2AOther%2A%22"


def test_of_many_authors_the_rest_comes_on_a_press(db: Database) -> None:
    told(db, authors=tuple(f"Author Number{n}" for n in range(1, 12)))
    app = shown(opened("paper", id=ID))
    names = [label for label, _query in links(app)]
    assert "Author Number8" in names and "Author Number9" not in names
    assert app.button(key="more-authors").label == "and 3 more"
    app = shown(app.button(key="more-authors").click().run())
    assert "Author Number11" in [label for label, _query in links(app)]


def test_links_lead_to_where_the_paper_lives_and_nowhere_else(db: Database) -> None:
    found = [Link("model", f"https://huggingface.co/o/m{n}") for n in range(4)]
    told(db, links=(*found, Link("code", "javascript:alert(1)"), Link("project", "https://[x")))
    app = shown(opened("paper", id=ID))
    out = {item.proto.url: item.proto.label for item in app.get("link_button")}
    assert f"https://arxiv.org/html/{ID}" in out
    assert out["https://huggingface.co/o/m0"] == r"Model · o\/m0"
    assert not any(url.startswith("javascript") for url in out)
    assert heading.web_version("1706.03762").startswith("https://ar5iv")


def test_every_date_is_told(db: Database) -> None:
    told(db, version=2, announced=NOW.date() + timedelta(days=2), listed=NOW.date() + timedelta(days=4))
    page = html(shown(opened("paper", id=ID)))
    for said in (
        "First version</dt><dd>2026-03-01",
        "Latest version</dt><dd>2026-03-02",
        "Announced</dt><dd>2026-03-03",
    ):
        assert said in page
    assert "On Hugging Face</dt><dd>2026-03-05" in page and "Here since</dt><dd>Mar 3" in page


def test_the_words_that_a_version_changed_are_shown(db: Database) -> None:
    told(db)
    told(db, version=2, abstract="We look at <b>zebras</b> in the zoo.", authors=("Ada Example", "Bob *Other*", "Eve"))
    app = shown(opened("paper", id=ID))
    assert "v2 · 2026-03-02 · title" not in words(app)
    assert [item.label for item in app.expander if item.label.startswith("v")] == [
        "v2 · 2026-03-02 · Authors, Abstract"
    ]
    page = html(app)
    assert "<del>zebras</del> <ins>&lt;b&gt;zebras&lt;/b&gt;</ins> in the <del>wild.</del> <ins>zoo.</ins>" in page
    assert "<ins>Eve</ins>" in page


def test_what_is_not_kept_of_a_version_is_said(db: Database) -> None:
    told(db, version=3)
    assert "Only version 3 was met here" in words(shown(opened("paper", id=ID)))
    told(db, version=5, abstract=None)
    said = words(shown(opened("paper", id=ID)))
    assert "v5 · 2026-03-05 · as before: Title, Authors · Not kept of this version" in said
    assert "v3 · 2026-03-03" in said


def test_words_that_are_kept_are_not_said_to_be_lost(db: Database) -> None:
    told(db, version=2)
    told(db, version=3, abstract="Other words.")
    said = words(shown(opened("paper", id=ID)))
    assert "v2 · 2026-03-02" in said and "not kept" not in said


def test_what_is_as_before_is_told_apart_from_what_is_not_kept(db: Database) -> None:
    told(db, version=2, authors=())
    told(db, version=3, authors=())
    said = words(shown(opened("paper", id=ID)))
    assert "as before: Title, Abstract · Not kept of this version or of those before: Authors" in said
    told(db, version=4, authors=("Ada Example",))
    assert "v4 · 2026-03-04 · as before: Title, Abstract" in words(shown(opened("paper", id=ID)))
    told(db, version=5, authors=("Ada Example",))
    assert "v5 · 2026-03-05 · title, authors and abstract as before" in words(shown(opened("paper", id=ID)))


def test_a_first_version_alone_has_no_section(db: Database) -> None:
    told(db)
    assert "Versions" not in words(shown(opened("paper", id=ID)))


def test_a_citation_stands_ready_to_be_copied(db: Database) -> None:
    told(db, title="50 % more $x$")
    app = shown(opened("paper", id=ID))
    bib, ris = (item.value for item in app.code[:2])
    assert bib.startswith("@misc{arxiv:2601.00001,") and r"50 \% more $x$" in bib
    assert ris.startswith("TY  - UNPB") and "AU  - Ada Example" in ris and ris.endswith("ER  -")
    stored = get(db, ID)
    assert stored is not None and list(cited(stored).values()) == [bib, ris]


def test_a_claim_of_the_paper_stands_with_its_verdict_and_a_button(db: Database) -> None:
    run = ended(db, settings(), induction())
    told(db, id=CLAIMED)
    app = shown(opened("paper", id=CLAIMED))
    said = words(app)
    assert "Try what it claims" in said and f"{run.created:%Y-%m-%d}" in said
    assert "experiment=attention-maps" in [query for _label, query in links(app)]
    app = shown(app.button(key="try-attention-maps").click().run())
    begun, *_older = runs.find(db, experiment="attention-maps")
    assert begun.id != run.id and begun.preset == "quick"
    assert begun.id in words(app), "it goes on here"


def test_a_press_pins_the_paper_and_undo_takes_it_off(db: Database) -> None:
    told(db)
    app = shown(opened("paper", id=ID))
    app = shown(app.button(key=f"pin-paper-paper-{ID}").click().run())
    (note,) = notes.pinning(db, "paper", ID)
    assert note.body == "" and f"note={note.id}" in [query for _label, query in links(app)]
    step = app.session_state["undo"][-1]
    step.back(db)
    assert notes.count(db) == 0


def test_to_take_a_pin_back_leaves_what_another_tab_has_written(db: Database) -> None:
    told(db)
    app = shown(opened("paper", id=ID))
    app = shown(app.button(key=f"pin-paper-paper-{ID}").click().run())
    (note,) = notes.pinning(db, "paper", ID)
    other = shown(opened("notebook", note=f"{note.id}"))
    other = shown(other.button(key=f"edit-{note.id}").click().run())
    other.text_area(key=f"edit-body-{note.id}").set_value("Written in another tab")
    shown(next(item for item in other.button if item.label == "Save").click().run())
    app.session_state["undo"][-1].back(db)
    (left,) = notes.list_notes(db)
    assert (left.body, left.pins) == ("Written in another tab", ())


def test_a_note_is_written_under_the_papers_title(db: Database) -> None:
    told(db, title=r"On $\pi_0$ <b>")
    app = shown(opened("paper", id=ID))
    app.text_area[0].set_value("It *works*.")
    app = shown(next(item for item in app.button if item.label == "Write it down").click().run())
    (note,) = notes.pinning(db, "paper", ID)
    assert (note.title, note.body) == ("On π₀ <b>", "It *works*.")
    assert r"It \*works\*\." in raw(app)


def test_the_list_that_one_came_from_leads_on(db: Database) -> None:
    for n in (1, 2, 3):
        told(db, id=f"2601.0000{n}", submitted=NOW + timedelta(days=n))
    inbox = shown(opened("inbox"))
    app = opened("paper", id="2601.00002")
    assert "Next" not in dict(links(app)), "a link from elsewhere"
    app.session_state["triage-inbox"] = inbox.session_state["triage-inbox"]
    app = shown(app.run())
    assert ("Next", "id=2601.00001") in links(app) and ("Previous", "id=2601.00003") in links(app)
    assert "2 of 3" in words(app)


def test_an_address_that_is_no_paper_is_said_as_text(db: Database) -> None:
    app = shown(opened("paper", id="<b>x</b>"))
    assert "no arXiv number" in app.error[0].value and "<b>" not in app.error[0].value
    assert app.title[0].value == "Paper"


@pytest.mark.parametrize("address", ["hello", "2413.00001"])
def test_a_korean_page_says_in_korean_that_an_address_is_no_paper(db: Database, address: str) -> None:
    (line,) = shown(opened("paper", "ko", id=address)).error
    assert "arXiv 번호" in line.value and not re.search("[A-Za-z]{2,} [a-z]{2,}", line.value)
