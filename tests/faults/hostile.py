"""What do arXiv's and Hugging Face's servers answer, and how do they fail? A small world on loopback that can go wrong.

The server answers as the real ones do (query API, OAI-PMH, feeds, daily lists) from the papers it was given. A fault is
a function that looks at a request and may answer it in its own way.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

API, OAI, FEED, DAILY = "/api/query", "/oai", "/atom/", "/api/daily_papers"
PAGE = 100  # records of an OAI-PMH answer
_MINUTE = timedelta(minutes=1)

_SUBJECTS = (
    ("Low-rank adaptation of language models", "We fine-tune a language model with LoRA adapters."),
    ("Preference optimization of language models", "We align a language model with human preferences."),
    ("Retrieval-augmented generation for medicine", "We prompt a language model with retrieved passages."),
    ("A transformer with sparse attention", "We pre-train a transformer with sliding-window attention."),
    ("On the growth of lichens", "We count lichens on stones."),
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A paper as the servers tell of it.

    :param history: when each version was submitted.
    :param announced: the day that the feeds give it.
    """

    id: str
    title: str
    abstract: str
    history: tuple[datetime, ...]
    authors: tuple[str, ...] = ("Ada Example", "Bo Example")
    categories: tuple[str, ...] = ("cs.CL",)
    comment: str | None = None
    announced: date | None = None

    @property
    def name(self) -> str:
        """The id with its version."""
        return f"{self.id}v{len(self.history)}"


def some_papers(count: int, *, day: datetime, first: int = 1, announced: date | None = None) -> list[Told]:
    """Papers submitted one minute after the other from `day` on."""
    return [
        Told(
            id=f"{day:%y%m}.{first + place:05d}",
            title=f"{_SUBJECTS[place % len(_SUBJECTS)][0]}, part {first + place}",
            abstract=_SUBJECTS[place % len(_SUBJECTS)][1],
            history=(day + place * _MINUTE,),
            announced=announced,
        )
        for place in range(count)
    ]


def revised(paper: Told, moment: datetime, **fields: Any) -> Told:
    """The paper in its next version."""
    return replace(paper, history=(*paper.history, moment), **fields)


def listed_row(paper: Told, day: date, **facts: Any) -> dict[str, Any]:
    """A row of Hugging Face's daily list; `facts` go under `paper`, and None among them is a null."""
    told: dict[str, Any] = {
        "id": paper.id,
        "title": paper.title,
        "summary": paper.abstract,
        "authors": [{"name": name, "hidden": False} for name in paper.authors],
        "publishedAt": paper.history[0].isoformat().replace("+00:00", ".000Z"),
        "submittedOnDailyAt": f"{day}T00:00:00.000Z",
        "upvotes": 7,
        "githubStars": 3,
        "githubRepo": "https://github.com/example/code",
        "ai_summary": "It is an example.",
        "ai_keywords": ["examples", "language models"],
    }
    return {"paper": told | facts, "title": paper.title, "publishedAt": f"{day}T00:00:00.000Z"}


# --- documents --------------------------------------------------------------------------------------------------------


def atom(papers: Sequence[Told], *, total: int, start: int = 0) -> bytes:
    """An answer of the query API."""
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{paper.name}</id><updated>{_zulu(paper.history[-1])}</updated>"
        f"<published>{_zulu(paper.history[0])}</published><title>{escape(paper.title)}</title>"
        f"<summary>{escape(paper.abstract)}</summary>"
        + "".join(f"<author><name>{escape(name)}</name></author>" for name in paper.authors)
        + (f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>" if paper.comment else "")
        + f'<arxiv:primary_category term="{escape(paper.categories[0])}"/>'
        + "".join(f'<category term="{escape(name)}"/>' for name in paper.categories)
        + "</entry>"
        for paper in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        "<title>arXiv Query</title><id>http://arxiv.org/api/x</id>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults><opensearch:startIndex>{start}"
        f"</opensearch:startIndex><opensearch:itemsPerPage>100</opensearch:itemsPerPage>{entries}</feed>"
    ).encode()


def error_entry(why: str) -> bytes:
    """What the query API answers to a question that it does not understand."""
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        "<opensearch:totalResults>1</opensearch:totalResults><entry><id>http://arxiv.org/api/errors#x</id>"
        f"<title>Error</title><summary>{escape(why)}</summary></entry></feed>"
    ).encode()


def harvest(papers: Sequence[Told], *, token: str = "") -> bytes:
    """An answer of OAI-PMH, with all versions."""
    records = "".join(
        f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier><datestamp>{paper.history[-1]:%Y-%m-%d}"
        f'</datestamp></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.id}</id>'
        + "".join(
            f'<version version="v{number}"><date>{format_datetime(moment, usegmt=True)}</date></version>'
            for number, moment in enumerate(paper.history, start=1)
        )
        + f"<title>{escape(paper.title)}</title><authors>{escape(', '.join(paper.authors))}</authors>"
        f"<categories>{escape(' '.join(paper.categories))}</categories>"
        + (f"<comments>{escape(paper.comment)}</comments>" if paper.comment else "")
        + f"<abstract>{escape(paper.abstract)}</abstract></arXivRaw></metadata></record>"
        for paper in papers
    )
    return _oai(f"<ListRecords>{records}<resumptionToken>{escape(token)}</resumptionToken></ListRecords>")


def oai_error(code: str) -> bytes:
    """What OAI-PMH answers where it has no records."""
    return _oai(f'<error code="{code}">{code}</error>')


def feed(category: str, papers: Sequence[Told], *, day: date) -> bytes:
    """An announcement feed whose entries carry this day."""
    entries = "".join(
        f"<entry><id>oai:arXiv.org:{paper.name}</id><title>{escape(paper.title)}</title>"
        f"<summary>arXiv:{paper.name} Announce Type: new\nAbstract: {escape(paper.abstract)}</summary>"
        + "".join(f'<category term="{escape(name)}"/>' for name in paper.categories)
        + f"<published>{day}T00:00:00-04:00</published><arxiv:announce_type>new</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator></entry>"
        for paper in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<id>http://rss.arxiv.org/atom/{category}</id><title>{category} updates on arXiv.org</title>"
        f"<updated>{day}T04:00:19+00:00</updated>{entries}</feed>"
    ).encode()


def _oai(inside: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>'.encode()


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


# --- the server -------------------------------------------------------------------------------------------------------


@dataclass
class Request:
    """One request as it came in; times are `time.monotonic`."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def start(self) -> int:
        """The first result of a page of the query API."""
        return int(self.query.get("start", 0))


@dataclass(frozen=True)
class Answer:
    """An ordinary answer.

    :param said_length: what it says its length is, where that is not so.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    said_length: int | None = None

    def write(self, handler: BaseHTTPRequestHandler) -> None:
        """Send it."""
        self.begin(handler)
        handler.wfile.write(self.body)

    def begin(self, handler: BaseHTTPRequestHandler) -> None:
        """Send its head."""
        handler.send_response(self.status)
        kind = "application/json" if self.body[:1] in (b"[", b"{") else "application/xml"
        length = len(self.body) if self.said_length is None else self.said_length
        for name, value in ({"Content-Type": kind, "Content-Length": str(length)} | self.headers).items():
            handler.send_header(name, value)
        handler.end_headers()

    def write_half(self, handler: BaseHTTPRequestHandler) -> None:
        """Send its head and the first half of its body."""
        self.begin(handler)
        handler.wfile.write(self.body[: len(self.body) // 2])
        handler.wfile.flush()


Writer = Callable[[BaseHTTPRequestHandler], None]
Fault = Callable[[Request, Answer], Writer | Answer | None]


class Hostile:
    """A server on loopback for one test.

    :param papers: what the query API, OAI-PMH and the feeds tell of.
    :param lists: the rows of Hugging Face's list of each day.
    :param feed_day: the day of the feeds, which hold the papers announced on it.
    :param fault: looks at each request and the honest answer to it; what it gives is sent instead, None sends that.
    """

    def __init__(self, papers: Sequence[Told] = (), lists: dict[date, list[Any]] | None = None) -> None:
        self.papers, self.lists = list(papers), dict(lists or {})
        self.feed_day = date.min
        self.fault: Fault | None = None
        self.seen: list[Request] = []
        self.most_at_once = 0
        self.closing = threading.Event()
        self._under_way = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with suppress(OSError):  # the client gave up first, which some tests are about
                    outer._serve(self)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

            def finish(self) -> None:
                with suppress(OSError, ValueError):
                    super().finish()

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._httpd.server_port}"
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """End it; from then on connections are refused."""
        self.closing.set()
        self._httpd.shutdown()
        self._httpd.server_close()

    def asked(self, *paths: str) -> list[Request]:
        """The requests to these addresses, or all of them."""
        return [request for request in self.seen if not paths or request.path.startswith(paths)]

    def reset(self, handler: BaseHTTPRequestHandler) -> None:
        """An answer: the connection is reset."""
        # Linger on with zero seconds makes close send RST.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    def stalled(self, answer: Answer) -> Writer:
        """An answer that stops in the middle of its body and never goes on."""

        def write(handler: BaseHTTPRequestHandler) -> None:
            answer.write_half(handler)
            self.closing.wait(30)

        return write

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        request = Request(parts.path, query, dict(handler.headers))
        with self._lock:
            self.seen.append(request)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            honest = self._answer(request)
            chosen = (self.fault and self.fault(request, honest)) or honest
            if isinstance(chosen, Answer):
                chosen.write(handler)
            else:
                chosen(handler)
        finally:
            with self._lock:
                self._under_way -= 1
            request.ended = time.monotonic()

    def _answer(self, request: Request) -> Answer:
        """What the real server would say."""
        if request.path == API:
            return self._query(request)
        if request.path == OAI:
            return self._harvest(request)
        if request.path == DAILY:
            rows = self.lists.get(date.fromisoformat(request.query["date"]), [])
            first, size = int(request.query["p"]) * int(request.query["limit"]), int(request.query["limit"])
            return Answer(200, json.dumps(rows[first : first + size]).encode())
        if request.path.startswith(FEED):
            category = request.path.removeprefix(FEED)
            papers = [paper for paper in self.papers if paper.announced == self.feed_day]
            papers = [paper for paper in papers if category in paper.categories]
            etag = f'"{category}-{self.feed_day}-{len(papers)}"'
            if request.headers.get("If-None-Match") == etag:
                return Answer(304, b"", {"ETag": etag})
            return Answer(200, feed(category, papers, day=self.feed_day), {"ETag": etag})
        return Answer(404, b"no such page")

    def _query(self, request: Request) -> Answer:
        days = re.search(r"submittedDate:\[(\d{8})0000 TO (\d{8})2359\]", request.query["search_query"])
        assert days is not None
        wanted = set(re.findall(r"cat:([\w.-]+)", request.query["search_query"]))
        found = [
            paper
            for paper in self.papers
            if days[1] <= f"{paper.history[0]:%Y%m%d}" <= days[2] and wanted.intersection(paper.categories)
        ]
        found.sort(key=lambda paper: paper.history[0])
        end = request.start + int(request.query["max_results"])
        return Answer(200, atom(found[request.start : end], total=len(found), start=request.start))

    def _harvest(self, request: Request) -> Answer:
        if "resumptionToken" in request.query:
            start, name, since, until = request.query["resumptionToken"].split("|")
        else:
            start, name = "0", request.query["set"].rpartition(":")[0].partition(":")[2]
            name = f"{name}.{request.query['set'].rpartition(':')[2]}"
            since, until = request.query.get("from", "0"), request.query.get("until", "9")
        found = [
            paper
            for paper in self.papers
            if since <= f"{paper.history[-1]:%Y-%m-%d}" <= until and name in paper.categories
        ]
        end = int(start) + PAGE
        if not found:
            return Answer(200, oai_error("noRecordsMatch"))
        token = f"{end}|{name}|{since}|{until}" if end < len(found) else ""
        return Answer(200, harvest(found[int(start) : end], token=token))
