"""What does `sync` write down when a server fails? Real subprocesses against a hostile server on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 8, 20)
IDS = ("2608.10001", "2608.10002", "2608.10003")
Answer = tuple[int, str, str, dict[str, str]]

ENTRY = """<entry><id>http://arxiv.org/abs/{id}v1</id><updated>2026-08-20T10:0{n}:00Z</updated>
<published>2026-08-20T10:0{n}:00Z</published><title>Paper {n} about language models</title>
<summary>We train a language model with low-rank adaptation.</summary><author><name>Ada Example</name></author>
<arxiv:primary_category term="cs.CL"/><category term="cs.CL"/></entry>"""


def feed(ids: tuple[str, ...], total: int) -> str:
    entries = "".join(ENTRY.format(id=item, n=n) for n, item in enumerate(ids))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"<title>arXiv Query</title><id>http://arxiv.org/api/x</id><opensearch:totalResults>{total}"
        "</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex><opensearch:itemsPerPage>100"
        f"</opensearch:itemsPerPage>{entries}</feed>"
    )


def listed(ids: tuple[str, ...]) -> str:
    return json.dumps(
        [
            {
                "paper": {
                    "id": item,
                    "title": f"Listed {item}",
                    "summary": "A prompt for a language model.",
                    "authors": [{"name": "Ada Example", "hidden": False}],
                    "publishedAt": "2026-08-19T10:00:00.000Z",
                    "submittedOnDailyAt": "2026-08-20T00:00:00.000Z",
                    "upvotes": 7,
                    "ai_summary": "It prompts.",
                    "githubStars": 3,
                },
                "publishedAt": "2026-08-20T00:00:00.000Z",
                "title": f"Listed {item}",
            }
            for item in ids
        ]
    )


def good_arxiv() -> Answer:
    return 200, "application/atom+xml", feed(IDS, len(IDS)), {}


def good_daily() -> Answer:
    return 200, "application/json", listed(("2608.10003", "2608.10004")), {}


class Server:
    """Answers arXiv's and Hugging Face's addresses with whatever a test sets."""

    def __init__(self) -> None:
        self.arxiv: Callable[[], Answer] = good_arxiv
        self.daily: Callable[[], Answer] = good_daily
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                daily = self.path.startswith("/api/daily_papers")
                more = daily and "p=0" not in self.path and "p=" in self.path
                status, kind, body, headers = (
                    (200, "application/json", "[]", {}) if more else (outer.daily() if daily else outer.arxiv())
                )
                self.send_response(status)
                self.send_header("Content-Type", kind)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.httpd.shutdown()


def sync(server: Server, environment: dict[str, str], *arguments: str) -> tuple[int, list[dict], str]:
    found = subprocess.run(
        [sys.executable, "-m", "app", "sync", "--since", str(DAY), "--until", str(DAY), "--json", *arguments],
        cwd=ROOT,
        env=environment
        | {
            "TRENDLAB_ARXIV_URL": f"{server.url}/api/query",
            "TRENDLAB_HF_URL": server.url,
            "TRENDLAB_ARXIV_DELAY": "0.01",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    return found.returncode, json.loads(found.stdout or "[]"), found.stderr


def papers(environment: dict[str, str]) -> set[str]:
    found = subprocess.run(
        [sys.executable, "-m", "app", "export", "papers", "--format", "papers-jsonl"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {json.loads(line)["id"] for line in found.stdout.splitlines()}


def test_a_good_day_adds_exactly_its_papers_and_the_ledger_says_so(server: Server, environment: dict[str, str]) -> None:
    code, rows, _ = sync(server, environment)
    by_source = {row["source"]: row for row in rows}
    assert code == 0
    assert by_source["arxiv"]["outcome"] == "complete"
    assert (by_source["arxiv"]["expected"], by_source["arxiv"]["received"], by_source["arxiv"]["new"]) == (3, 3, 3)
    # One of the two that Hugging Face lists is known from arXiv.
    assert (by_source["huggingface"]["received"], by_source["huggingface"]["new"]) == (2, 1)
    assert papers(environment) == {*IDS, "2608.10004"}
    code, rows, _ = sync(server, environment)
    assert code == 0
    assert [row["new"] for row in rows] == [0, 0]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((429, "text/plain", "slow down", {"Retry-After": "1"}), "throttled"),
        ((429, "text/plain", "slow down", {}), "throttled"),
        ((406, "text/plain", "", {}), "throttled"),
        ((200, "text/plain", "Rate exceeded.", {}), "throttled"),
        ((503, "text/plain", "busy", {}), "unreachable"),
        ((200, "application/atom+xml", feed((), 5000), {}), "partial"),
        ((400, "application/atom+xml", feed((), 0), {}), "broken"),
        ((200, "text/html", "<!doctype html><html><body>maintenance</body></html>", {}), "broken"),
        ((200, "application/atom+xml", feed(IDS, 3)[:900], {}), "broken"),
        ((200, "application/atom+xml", feed(IDS[:2], 3), {}), "partial"),
    ],
    ids=[
        "429 with Retry-After",
        "429",
        "406",
        "Rate exceeded.",
        "503",
        "empty with a total",
        "400",
        "HTML",
        "truncated XML",
        "short",
    ],
)
def test_a_failure_has_a_name_and_the_next_sync_completes(
    server: Server, environment: dict[str, str], answer: Answer, outcome: str
) -> None:
    server.arxiv = lambda: answer
    code, rows, errors = sync(server, environment)
    by_source = {row["source"]: row for row in rows}
    assert (code, by_source["arxiv"]["outcome"]) == (1, outcome)
    assert by_source["huggingface"]["outcome"] == "complete", "one source's failure does not stop the other"
    assert [line for line in errors.splitlines() if line.startswith("trendlab: arxiv: ")], errors
    assert len(errors.splitlines()) == 1, errors
    server.arxiv = good_arxiv
    code, rows, _ = sync(server, environment)
    assert code == 0, rows
    assert papers(environment) == {*IDS, "2608.10004"}


@pytest.mark.parametrize("day", ["2026-08-22", "2026-09-07"], ids=["Saturday", "Labor Day"])
def test_no_papers_are_a_quiet_day_where_arxiv_announced_none(
    server: Server, environment: dict[str, str], day: str
) -> None:
    server.arxiv = lambda: (200, "application/atom+xml", feed((), 0), {})
    code, rows, _ = sync(server, environment, "--source", "arxiv", "--since", day, "--until", day)
    assert (code, rows[0]["outcome"]) == (0, "quiet day")


def test_no_papers_of_a_day_that_was_announced_are_stale(server: Server, environment: dict[str, str]) -> None:
    server.arxiv = lambda: (200, "application/atom+xml", feed((), 0), {})
    code, rows, errors = sync(server, environment, "--source", "arxiv")
    assert (code, rows[0]["outcome"]) == (1, "stale")
    assert "announcement of 2026-08-21" in errors
    server.arxiv = good_arxiv
    assert sync(server, environment, "--source", "arxiv")[0] == 0


def test_a_long_retry_after_is_kept_by_the_next_sync_without_a_request(
    server: Server, environment: dict[str, str]
) -> None:
    server.arxiv = lambda: (429, "text/plain", "slow down", {"Retry-After": "1000"})
    sync(server, environment, "--source", "arxiv")
    server.arxiv = good_arxiv
    code, rows, errors = sync(server, environment)
    by_source = {row["source"]: row for row in rows}
    assert (code, by_source["arxiv"]["outcome"], by_source["arxiv"]["requests"]) == (1, "throttled", 0)
    assert by_source["huggingface"]["outcome"] == "complete"
    assert "asked not to be asked until" in errors
    assert len(errors.splitlines()) == 1


def test_no_network_is_unreachable_and_one_line(server: Server, environment: dict[str, str]) -> None:
    server.httpd.shutdown()
    server.httpd.server_close()
    code, rows, errors = sync(server, environment)
    assert code == 1
    assert {row["outcome"] for row in rows} == {"unreachable"}
    assert all(line.startswith("trendlab: ") for line in errors.splitlines())
