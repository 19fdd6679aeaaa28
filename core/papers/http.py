"""How is a paper server asked politely, and what does its answer mean? Every failure gets a name."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Literal
from urllib.parse import urljoin, urlsplit

import requests
import stamina
import urllib3

from core.papers.source import Broken, Throttled, Unreachable
from core.papers.transport import PatientAdapter

VERSION = "0.1.0"
USER_AGENT = f"TrendLab/{VERSION} (+paper tracker)"
ACCEPT = {"xml": "application/atom+xml, application/xml;q=0.9, text/xml;q=0.8", "json": "application/json"}

_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.DOTALL)
_CHUNK = 1 << 16
_MOST_HOPS = 4
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)

# stamina tells of every retry in the log; without a handler Python would print that on stderr.
logging.getLogger("stamina").addHandler(logging.NullHandler())


class Http:
    """One polite client: one request at a time, `delay` seconds apart, a few retries, everything bounded.

    :param delay: least seconds between the end of one request and the start of the next, retries included; the first
        back-off waits as long too.
    :param connect_timeout, read_timeout: seconds without any byte before a request counts as unreachable.
    :param deadline: seconds within which the head, and then the whole body, must be there.
    :param most_bytes: largest body, unpacked.
    :param attempts: requests at most for one answer.
    :param patience: the longest `Retry-After` (seconds) that is waited for, once; a longer one ends the request.
    """

    def __init__(
        self,
        *,
        delay: float,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        deadline: float = 90.0,
        most_bytes: int = 64 << 20,
        attempts: int = 3,
        patience: float = 15.0,
    ) -> None:
        if delay < 0:
            raise ValueError(f"delay {delay} is negative; give seconds")
        self._delay, self._deadline = delay, deadline
        self._timeout = (connect_timeout, min(read_timeout, deadline))
        self._most_bytes, self._attempts, self._patience = most_bytes, attempts, patience
        self._last: float | None = None
        self._spent = 0
        self._session = requests.Session()
        # Without this, requests would send a password that it finds in ~/.netrc.
        self._session.auth = _no_credentials
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, PatientAdapter(limit=deadline))

    def take_count(self) -> int:
        """Requests since this was last asked, retries and redirects included."""
        count, self._spent = self._spent, 0
        return count

    def get(
        self,
        url: str,
        *,
        expect: Literal["xml", "json"],
        params: Mapping[str, str] | None = None,
        explain: Callable[[bytes], str | None] | None = None,
    ) -> bytes:
        """The body of the answer to a GET.

        :param explain: reads the server's own message from an error body, if there is one.
        :raises Throttled: 429, 406, or a body "Rate exceeded.", whatever the status.
        :raises Unreachable: no connection, no answer in time, an answer cut short, or a status of 500 and above.
        :raises Broken: any other status than 200, HTML, or too large a body.
        """
        throttled = 0

        def wait_for(error: Exception) -> bool | float:
            nonlocal throttled
            if not isinstance(error, Throttled | Unreachable):
                return False
            throttled += isinstance(error, Throttled)
            if error.retry_after is None:
                return isinstance(error, Unreachable)
            return throttled < 2 and error.retry_after <= self._patience and max(error.retry_after, self._delay, 0.001)

        caller = stamina.RetryingCaller(
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._delay,
            wait_max=20 * self._delay,
            wait_jitter=self._delay / 2,
        )
        return caller(wait_for, self._get_once, url, expect, params, explain)

    def _get_once(
        self,
        url: str,
        expect: Literal["xml", "json"],
        params: Mapping[str, str] | None,
        explain: Callable[[bytes], str | None] | None,
    ) -> bytes:
        for _ in range(_MOST_HOPS):
            answer, body = self._ask(url, expect, params)
            if not answer.is_redirect:
                _judge(host_of(url), answer, body, expect, explain)
                return body
            # A stranger may not send us round in this machine's own network: only the same host is followed.
            target = urljoin(answer.url, answer.headers["Location"])
            if host_of(target) != host_of(url) or urlsplit(target).scheme not in ("http", "https"):
                raise Broken(f"{host_of(url)} sends on to {target[:100]}; if it has moved, change its address")
            url, params = target, None
        raise Broken(f"{host_of(url)} sends from one address to the next")

    def _ask(
        self, url: str, expect: Literal["xml", "json"], params: Mapping[str, str] | None
    ) -> tuple[requests.Response, bytes]:
        """One request and its whole body; a redirect's body is left alone."""
        self._pace()
        headers = {"Accept": ACCEPT[expect], "User-Agent": USER_AGENT}
        # Proxies from the environment are for the outside world.
        self._session.trust_env = not _is_loopback(url)
        self._spent += 1
        try:
            with self._session.get(
                url, params=params, headers=headers, timeout=self._timeout, stream=True, allow_redirects=False
            ) as answer:
                return answer, b"" if answer.is_redirect else self._read(answer)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise Broken(f"{host_of(url)}: not an address that can be asked") from error
        except urllib3.exceptions.DecodeError as error:
            raise Broken(f"{host_of(url)} sent an answer that cannot be unpacked") from error
        except _FAILURES as error:
            raise Unreachable(f"{host_of(url)} {_plainly(error)}") from error
        finally:
            self._last = time.monotonic()

    def _pace(self) -> None:
        if self._last is not None:
            time.sleep(max(0.0, self._last + self._delay - time.monotonic()))

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
    expect: Literal["xml", "json"],
    explain: Callable[[bytes], str | None] | None,
) -> None:
    """Raise the error that this answer stands for, if any."""
    status = answer.status_code
    retry_after = read_retry_after(answer.headers.get("Retry-After"), now=datetime.now(UTC))
    if body[:200].lstrip().lower().startswith(b"rate exceeded"):
        raise Throttled(f'{host} answered "Rate exceeded."', retry_after=retry_after)
    if status in (406, 429):
        raise Throttled(f"{host} answered {status}: it asks to be asked less often", retry_after=retry_after)
    if status >= 500:
        raise Unreachable(f"{host} answered {status}: it is out of order for now", retry_after=retry_after)
    if status != 200:
        said = explain(body) if explain else None
        raise Broken(f"{host} answered {status}" + (f": {said}" if said else ""))
    if "html" in answer.headers.get("Content-Type", "").lower() or _HTML.match(body[:2048]):
        raise Broken(f"{host} sent a web page (HTML) where {expect.upper()} was expected")
    if not body.strip():
        raise Broken(f"{host} sent an empty answer where {expect.upper()} was expected")


def read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110, 10.2.3); None where there is none that can be read."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment
    return max(0.0, (moment - now).total_seconds())


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


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
