"""How is a paper server asked politely, and what does its answer mean? Every failure gets a name."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any, Literal, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import stamina
import urllib3
from requests.auth import AuthBase

from core.papers.asking.gate import Gate, Occupied
from core.papers.asking.limits import read_rate_limit, read_retry_after
from core.papers.asking.transport import PatientAdapter
from core.papers.source import Broken, Throttled, Unreachable

VERSION = "0.3.0"
USER_AGENT = f"TrendLab/{VERSION} (+paper tracker)"
Kind = Literal["xml", "json", "html", "image"]  # of a document
ACCEPT: dict[Kind, str] = {
    "xml": "application/atom+xml, application/xml;q=0.9, text/xml;q=0.8",
    "json": "application/json",
    "html": "text/html",
    "image": "image/webp, image/png, image/jpeg, image/gif;q=0.5",
}

_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.DOTALL)
_CHUNK = 1 << 16
_MOST_HOPS = 4
_LONGEST_ETAG = 200
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)

# stamina tells of every retry in the log; without a handler Python would print that on stderr.
logging.getLogger("stamina").addHandler(logging.NullHandler())


class Spent(NamedTuple):
    """What asking has cost.

    :param requests: those sent, retries and redirects included.
    :param waited: seconds in which no request was under way: for one's turn, between retries, and where the server
        asked for it.
    """

    requests: int
    waited: float


class Answer(NamedTuple):
    """An answer that is what it should be.

    :param body: unpacked; empty where nothing was modified.
    :param etag: the name that the server gives to this state of the document; None where it gives none.
    :param modified: False where the document is still the one whose ETag was sent along.
    """

    body: bytes
    etag: str | None
    modified: bool


class Http:
    """One polite client: one request at a time, when its turn has come, a few retries, everything bounded.

    :param gate: what all who ask this provider go through.
    :param connect_timeout, read_timeout: seconds without any byte before a request counts as unreachable.
    :param deadline: seconds within which the head, and then the whole body, must be there.
    :param most_bytes: largest body, unpacked.
    :param attempts: requests at most for one answer.
    :param backoff: seconds before the first retry, doubled and jittered for each after it; the gate's delay at least.
    :param patience: the longest `Retry-After` (seconds) that is waited for, once, and the longest wait for a quota to
        be filled again; a longer one ends the request.
    :param key: sent as a bearer token with every request; '' sends none.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        deadline: float = 90.0,
        most_bytes: int = 64 << 20,
        attempts: int = 3,
        backoff: float = 0.0,
        patience: float = 15.0,
        key: str = "",
    ) -> None:
        self._gate, self._deadline = gate, deadline
        self._timeout = (connect_timeout, min(read_timeout, deadline))
        self._most_bytes, self._attempts, self._patience = most_bytes, attempts, patience
        self._backoff = max(backoff, gate.delay)
        self._free_at: float | None = None
        self._requests, self._waited = 0, 0.0
        self._session = requests.Session()
        # Without this, requests would send a password that it finds in ~/.netrc.
        self._session.auth = _Bearer(key)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, PatientAdapter(limit=deadline))

    def take_spent(self) -> Spent:
        """What was spent since this was last asked."""
        spent = Spent(self._requests, self._waited)
        self._requests, self._waited = 0, 0.0
        return spent

    def get(
        self,
        url: str,
        *,
        expect: Kind,
        params: Mapping[str, str] | None = None,
        explain: Callable[[bytes], str | None] | None = None,
    ) -> bytes:
        """The body of the answer to a GET; for the rest see `fetch`."""
        return self.fetch(url, expect=expect, params=params, explain=explain).body

    def fetch(
        self,
        url: str,
        *,
        expect: Kind,
        params: Mapping[str, str] | None = None,
        explain: Callable[[bytes], str | None] | None = None,
        etag: str | None = None,
        sent: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer to a GET, or to a POST.

        :param explain: reads the server's own message from an error body, if there is one.
        :param etag: of the state that is known already; the server may then answer that it is still the same.
        :param sent: posted as JSON. It is for this address alone: no redirect is followed then.
        :raises Throttled: 429, 406, or a body "Rate exceeded.", whatever the status; a quota that was used up and is
            not filled again within the patience, in which case nothing is asked.
        :raises Unreachable: no connection, no answer in time, an answer cut short, or a status of 500 and above.
        :raises Broken: any other status than 200, another kind of document than expected, or too large a body.
        """
        throttled = 0

        def wait_for(error: Exception) -> bool | float:
            nonlocal throttled
            if not isinstance(error, Throttled | Unreachable):
                return False
            throttled += isinstance(error, Throttled)
            if error.retry_after is None:
                return isinstance(error, Unreachable)
            return throttled < 2 and error.retry_after <= self._patience and max(error.retry_after, 0.001)

        caller = stamina.RetryingCaller(
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._backoff,
            wait_max=20 * self._backoff,
            wait_jitter=self._backoff / 2,
        )
        began = time.monotonic()
        try:
            return caller(wait_for, self._fetch_once, url, expect, params, explain, etag, sent)
        except Occupied as error:
            raise Unreachable(f"{host_of(url)} was not asked: {error}") from error
        finally:
            # The time of the requests themselves was taken off already.
            self._waited += time.monotonic() - began

    def _fetch_once(
        self,
        url: str,
        expect: Kind,
        params: Mapping[str, str] | None,
        explain: Callable[[bytes], str | None] | None,
        etag: str | None,
        sent: Mapping[str, Any] | None,
    ) -> Answer:
        for _ in range(_MOST_HOPS):
            answer, body = self._ask(url, expect, params, etag, sent)
            if not answer.is_redirect:
                if etag is not None and answer.status_code == 304:
                    return Answer(b"", etag, modified=False)
                _judge(host_of(url), answer, body, expect, explain)
                return Answer(body, _etag_of(answer), modified=True)
            # A stranger may not send us round in this machine's own network: only the same host is followed.
            target = urljoin(answer.url, answer.headers["Location"])
            if sent is not None or host_of(target) != host_of(url) or urlsplit(target).scheme not in ("http", "https"):
                why = f"{host_of(url)} sends on to {target[:100]}; if it has moved, change its address"
                raise Broken(why, status=answer.status_code)
            url, params = target, None
        raise Broken(f"{host_of(url)} sends from one address to the next")

    def _ask(
        self,
        url: str,
        expect: Kind,
        params: Mapping[str, str] | None,
        etag: str | None,
        sent: Mapping[str, Any] | None,
    ) -> tuple[requests.Response, bytes]:
        """One request and its whole body, in one's turn; a redirect's body is left alone."""
        self._await_quota(url)
        # arXiv wants one connection at a time; one that is kept open would stand beside that of another process.
        headers = {"Accept": ACCEPT[expect], "User-Agent": USER_AGENT, "Connection": "close"}
        if etag is not None:
            headers["If-None-Match"] = etag
        with self._gate.turn():
            # Proxies from the environment are for the outside world.
            self._session.trust_env = not _is_loopback(url)
            self._requests += 1
            began = time.monotonic()
            try:
                with self._session.request(
                    "GET" if sent is None else "POST",
                    url,
                    params=params,
                    json=sent,
                    headers=headers,
                    timeout=self._timeout,
                    stream=True,
                    allow_redirects=False,
                ) as answer:
                    self._note_quota(answer)
                    return answer, b"" if answer.is_redirect else self._read(answer)
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
                raise Broken(f"{host_of(url)}: not an address that can be asked") from error
            except urllib3.exceptions.DecodeError as error:
                raise Broken(f"{host_of(url)} sent an answer that cannot be unpacked") from error
            except _FAILURES as error:
                raise Unreachable(f"{host_of(url)} {_plainly(error)}") from error
            finally:
                self._waited -= time.monotonic() - began

    def _note_quota(self, answer: requests.Response) -> None:
        """Remember when requests are free again, where this answer used up the last one."""
        seconds = read_rate_limit(answer.headers)
        self._free_at = None if seconds is None else time.monotonic() + seconds

    def _await_quota(self, url: str) -> None:
        if self._free_at is None:
            return
        seconds = self._free_at - time.monotonic()
        if seconds > self._patience:
            why = f"{host_of(url)} has no request left for {seconds:.0f} s, as its RateLimit header says"
            raise Throttled(why, retry_after=seconds)
        time.sleep(max(0.0, seconds))

    def _read(self, answer: requests.Response) -> bytes:
        """The body, piece by piece as it comes, so that a stalled or endless one is noticed."""
        end = time.monotonic() + self._deadline
        body = bytearray()
        # Unlike iter_content, read1 returns with what is there instead of waiting for a full chunk.
        while piece := answer.raw.read1(_CHUNK, decode_content=True):
            body += piece
            if len(body) > self._most_bytes:
                raise Broken(f"{host_of(answer.url)} sent more than {self._most_bytes >> 20} MiB")
            if time.monotonic() > end:
                raise Unreachable(f"{host_of(answer.url)} did not finish its answer within {self._deadline:g} s")
        return bytes(body)


def _judge(
    host: str,
    answer: requests.Response,
    body: bytes,
    expect: Kind,
    explain: Callable[[bytes], str | None] | None,
) -> None:
    """Raise the error that this answer stands for, if any."""
    status = answer.status_code
    retry_after = read_retry_after(answer.headers.get("Retry-After"), now=datetime.now(UTC))
    if retry_after is None:
        retry_after = read_rate_limit(answer.headers)
    if body[:200].lstrip().lower().startswith(b"rate exceeded"):
        raise Throttled(f'{host} answered "Rate exceeded."', retry_after=retry_after)
    if status in (406, 429):
        raise Throttled(f"{host} answered {status}: it asks to be asked less often", retry_after=retry_after)
    if status >= 500:
        raise Unreachable(f"{host} answered {status}: it is out of order for now", retry_after=retry_after)
    if status != 200:
        said = explain(body) if explain else None
        raise Broken(f"{host} answered {status}" + (f": {said}" if said else ""), status=status)
    name = "an image" if expect == "image" else expect.upper()
    is_page = "html" in answer.headers.get("Content-Type", "").lower() or _HTML.match(body[:2048]) is not None
    if is_page and expect != "html":
        raise Broken(f"{host} sent a web page (HTML) where {name} was expected")
    if expect == "html" and not is_page:
        raise Broken(f"{host} sent something else where a web page (HTML) was expected")
    if not body.strip():
        raise Broken(f"{host} sent an empty answer where {name} was expected")


def _etag_of(answer: requests.Response) -> str | None:
    etag = answer.headers.get("ETag", "").strip()
    return etag if etag.isascii() and etag.isprintable() and 0 < len(etag) <= _LONGEST_ETAG else None


def _plainly(error: Exception) -> str:
    """What went wrong on the way, without the layers of the libraries' own wording."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "did not accept a connection in time"
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "did not answer in time"
    text = repr(error)
    for sign, meaning in (
        ("NameResolution", "is unknown here (is there a network?)"),
        ("CertificateError", "has no valid certificate"),
        ("SSLError", "has no valid certificate"),
        ("refused", "refused the connection"),
        ("IncompleteRead", "ended its answer early"),
        ("ProxyError", "cannot be reached through the proxy"),
        ("reset", "reset the connection"),
    ):
        if sign in text:
            return meaning
    return f"broke off the connection ({type(error).__name__})"


def host_of(url: str) -> str:
    """The host part of an address, for messages."""
    try:
        return urlsplit(url).hostname or url[:80]
    except ValueError:
        return url[:80]


def _is_loopback(url: str) -> bool:
    try:
        return host_of(url) == "localhost" or ipaddress.ip_address(host_of(url)).is_loopback
    except ValueError:
        return False


class _Bearer(AuthBase):
    """Puts the key, where there is one, into the head of a request."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request
