"""Does a digest read as it should: in Korean without English, with hostile titles without harm, the same each time?"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from lxml import html

from core.digests.atom import Entry, digests_atom, id_of
from core.digests.markdown import digest_markdown, one_line
from core.digests.page import body_of_page, page
from core.digests.record import Digest, FollowedNews, SourceState, StageNews, Usual
from core.digests.span import Span
from core.digests.words import title
from core.events import Verdict
from core.exports.markdown_html import markdown_html
from core.exports.report import Finding, ListedPaper, ReportedRun, ReportedTerm
from core.language import Text
from core.papers.calendar.holiday_names import name_of
from core.papers.paper import Link, Paper
from core.papers.terms import TermChange

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
SPAN = Span.parse("2026-11-20")
STATES = ("well", "quiet", "late", "gap", "open", "unasked", "never", "throttled", "unreachable", "broken", "stale")
HOSTILE = [
    "[click](javascript:alert(1)) <script>alert(2)</script>",
    "100% of $5 to $10, a_b_c * d * | e ` f ` ~~g~~ # h & i \\ j {k",
    "![pixel](http://evil.example/p.png) https://evil.example www.evil.example a@evil.example",
    "line\none\r\n# two\x00\x1b[31m",
    "</title></style><img src=x onerror=alert(3)>",
    "</main><h1>x",
    "깨진 \ud800 글자",
]  # fmt: skip


def told(paper_id: str, name: str, about: str | None = None, **more: object) -> ListedPaper:
    paper = Paper(id=paper_id, title=name, summary={"ko": about} if about else None, **more)  # type: ignore[arg-type]
    return ListedPaper(paper=paper, stages=("build", "ask"))


def digest(*papers: ListedPaper, name: str = "검색", **more: object) -> Digest:
    term = TermChange(term="상태 공간", before=1, after=6, papers_before=90, papers_after=40, log_odds=1, z=3, q=0.01)
    verdict = Verdict(
        claim="c", outcome="supported", contrast=0.5, low=0.4, high=0.6, n=5, margin=0.1, reason={},
    )  # fmt: skip
    finding = Finding(
        sentence=Text("x", "주장"), paper="2106.09685", reported=Text("1", "1"), checked=True, unit=Text("u", "점"),
        verdict=verdict,
    )  # fmt: skip
    run = ReportedRun(
        id="1", experiment="e", title=Text("e", "실험"), stage="build", preset="quick", findings=(finding,)
    )
    facts: dict[str, object] = {
        "announced": 40,
        "listed": 3,
        "papers": len(papers),
        "usual": Usual(median=44, low=40, high=50, spans=20),
        "stages": (StageNews(stage="build", n=12, usual=11, above=1, papers=papers),),
        "without_stage": 4,
        "follows": 2,
        "fitting": 2,
        "followed": (FollowedNews(name=Text(name, name), query="검색", n=5, above=1, papers=papers[:1]),),
        "noticed": papers,
        "terms": (ReportedTerm(change=term, examples=papers[:1]),),
        "runs": (run,),
        "synced": True,
    }
    return Digest(span=SPAN, newest=AT, **{**facts, **more})  # type: ignore[arg-type]


def english(text: str) -> set[str]:
    """The words in Latin letters, addresses and commands aside."""
    shown = re.sub(r"\]\([^)]*\)|python -m app sync", "", text)
    return set(re.findall(r"[A-Za-z]{2,}", shown)) - {"arXiv", "UTC", "Hugging", "Face"}


def test_korean_has_no_english_words_whatever_there_is_to_tell() -> None:
    full = told("2611.00001", "희소 어텐션", "첫 문장이다.", upvotes=4, stars=2, links=(Link("code", "http://a.b/c"),))
    sources = tuple(
        SourceState(id=state, title=Text("arXiv"), state=state, moment=AT, error="no luck", until=AT)
        for state in (*STATES, "refused")
    )
    quiet = ((date(2026, 11, 27), name_of(date(2026, 11, 26))), (date(2026, 11, 28), None))
    for found in (
        digest(full, sources=sources, quiet_days=quiet),
        digest(full, usual=None, follows=0),
        digest(full, fitting=0, followed=()),
        digest(papers=0, sources=sources),
        digest(papers=0, synced=False, quiet_days=quiet),
        digest(papers=0),
    ):
        assert english(digest_markdown(found, "ko")) == set()
        assert english(digest_markdown(found, "en"))
    assert english(title(Span.parse("2026-W47"), "ko")) == set()


def test_hostile_titles_are_text_in_markdown_and_on_the_page() -> None:
    papers = tuple(told(f"2611.0000{place}", name, name) for place, name in enumerate(HOSTILE))
    links = tuple(Link("code", url) for url in ("javascript:alert(1)", "http://a.b/) <b> \n$x$", "data:text/html,x"))
    found = digest(*papers, told("2611.00099", "x", links=links), name=HOSTILE[0])
    content = page("t", markdown_html(digest_markdown(found, "en")), "en")
    tree = html.fromstring(content)
    assert not tree.xpath("//script | //img | //iframe | //body//style")
    addresses = tree.xpath("//@href")
    assert addresses and all(one.startswith(("https://arxiv.org/abs/", "http://a.b/%29")) for one in addresses)
    assert len(tree.xpath("//h1")) == 1
    shown = " ".join(tree.text_content().split())
    assert "[click](javascript:alert(1)) <script>alert(2)</script>" in shown
    assert "a_b_c * d * | e ` f ` ~~g~~ # h & i" in shown
    assert not tree.xpath("//@src | //link | //@onerror")


def test_the_page_gives_its_body_back_whatever_is_in_it() -> None:
    body = markdown_html(digest_markdown(digest(*(told("2611.00001", name) for name in HOSTILE)), "en"))
    assert body_of_page(page("t", body, "en")) == body
    assert body_of_page(b"something else") == ""


@pytest.mark.parametrize(
    ("abstract", "line"),
    [
        ("", ""),
        ("Short.", "Short."),
        ("We show that it works in every case there is. Then on.", "We show that it works in every case there is."),
        ("We do. It is a second sentence, which is long. More.", "We do. It is a second sentence, which is long."),
        ("word " * 100, "word " * 43 + "…"),
        ("주어진 문장은 충분히 길어서 여기서 끝이 난다. 다음 문장.", "주어진 문장은 충분히 길어서 여기서 끝이 난다."),
        ("x" * 300, "x" * 218 + " …"),
    ],
)  # fmt: skip
def test_a_line_is_how_the_abstract_begins(abstract: str, line: str) -> None:
    assert one_line(Paper(id="2611.00001", title="t", abstract=abstract), "en") == line


def test_a_summary_in_the_language_goes_before_the_abstract() -> None:
    paper = Paper(id="2611.00001", title="t", abstract="The abstract.", summary={"en": "In short.", "ko": "요약이다."})
    assert [one_line(paper, language) for language in ("en", "ko")] == ["In short.", "요약이다."]


def test_ids_are_the_same_for_ever_and_never_the_same_for_two() -> None:
    assert id_of(SPAN, "en") == "urn:uuid:1f4c5661-00cb-529a-975a-d9a0f47db33c"
    spans = [None, SPAN, Span.parse("2026-11-19"), Span.parse("2026-W47")]
    assert len({id_of(span, language) for span in spans for language in ("en", "ko")}) == 8


def test_the_feed_does_not_ask_in_which_order_it_is_given() -> None:
    entries = [
        Entry(
            span=Span.parse(name), title=name, file=f"{name}.html", body="<p>x</p>", updated=AT + timedelta(days=place)
        )
        for place, name in enumerate(("2026-11-18", "2026-W46", "2026-11-19"))
    ]
    assert digests_atom(entries, "en") == digests_atom(entries[::-1], "en")
    with pytest.raises(ValueError, match="write a digest first"):
        digests_atom([], "en")
