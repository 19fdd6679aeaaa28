"""Does every way in which a server can fail get its name, in bounded time and with the requests counted?"""

from __future__ import annotations

import gzip
import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import USER_AGENT, Answer, Http
from core.papers.source import Broken, Throttled, Unreachable

OK = b"<feed/>"


def http(*, delay: float = 0.01, **settings: float) -> Http:
    return Http(gate=Gate(delay=delay), **{"read_timeout": 0.4, "deadline": 0.8, **settings})  # type: ignore[arg-type]


def test_a_good_answer_is_given_as_it_came_after_one_request(server):
    server.say(OK)
    client = http()
    assert client.get(server.url + "/x", expect="xml", params={"a": "b c"}) == OK
    assert server.seen[0].query == {"a": "b c"}
    assert client.take_spent().requests == 1
    assert client.take_spent().requests == 0


def test_the_server_is_told_who_asks_and_for_what(server):
    server.say("[]", kind="application/json")
    http().get(server.url, expect="json")
    headers = server.seen[0].headers
    assert headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("TrendLab/")
    assert headers["Accept"] == "application/json"
    assert headers["Connection"] == "close"


def test_a_packed_answer_is_unpacked(server):
    server.say(gzip.compress(OK), Content_Encoding="gzip")
    assert http().get(server.url, expect="xml") == OK


def test_two_requests_stand_apart_by_the_delay(server):
    server.say(OK)
    client = http(delay=0.2)
    client.get(server.url, expect="xml")
    client.get(server.url, expect="xml")
    assert server.seen[1].at - server.seen[0].at >= 0.19


@pytest.mark.parametrize("status", [429, 406])
def test_being_asked_to_slow_down_without_a_time_ends_at_once(server, status):
    server.say("<html>slow down</html>", status=status, kind="text/html")
    client = http()
    with pytest.raises(Throttled, match=str(status)) as caught:
        client.get(server.url, expect="xml")
    assert caught.value.retry_after is None
    assert client.take_spent().requests == len(server.seen) == 1


def test_a_short_retry_after_is_waited_for(server):
    server.say("", status=429, Retry_After="1")
    server.say(OK)
    client = http()
    assert client.get(server.url, expect="xml") == OK
    assert server.seen[1].at - server.seen[0].at >= 0.95
    assert client.take_spent().requests == 2


def test_a_retry_after_is_waited_for_only_once(server):
    server.say("", status=429, Retry_After="0")
    client = http()
    with pytest.raises(Throttled):
        client.get(server.url, expect="xml")
    assert client.take_spent().requests == 2


def test_a_long_retry_after_is_passed_on_instead_of_waited_for(server):
    server.say("", status=429, Retry_After="3600")
    with pytest.raises(Throttled) as caught:
        http().get(server.url, expect="xml")
    assert caught.value.retry_after == 3600
    assert len(server.seen) == 1


def test_rate_exceeded_counts_as_throttled_even_with_status_200(server):
    server.say("Rate exceeded.", kind="text/plain")
    with pytest.raises(Throttled, match="Rate exceeded"):
        http().get(server.url, expect="xml")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_is_out_of_order_is_asked_three_times(server, status):
    server.say("<html>busy</html>", status=status, kind="text/html")
    client = http()
    with pytest.raises(Unreachable, match=str(status)):
        client.get(server.url, expect="xml")
    assert client.take_spent().requests == len(server.seen) == 3


def test_the_pause_before_a_retry_grows(server):
    server.say("", status=503)
    with pytest.raises(Unreachable):
        http(delay=0.1).get(server.url, expect="xml")
    first, second = (later.at - earlier.at for earlier, later in itertools.pairwise(server.seen))
    assert first >= 0.1
    assert second >= 0.2


def test_a_server_that_recovers_gives_its_answer(server):
    server.say("", status=503)
    server.reset()
    server.say(OK)
    client = http()
    assert client.get(server.url, expect="xml") == OK
    assert client.take_spent().requests == 3


def test_a_reset_connection_is_unreachable(server):
    server.reset()
    client = http()
    with pytest.raises(Unreachable, match="connection"):
        client.get(server.url, expect="xml")
    assert client.take_spent().requests == 3


def test_a_closed_port_is_unreachable(server):
    with pytest.raises(Unreachable, match="refused"):
        http().get("http://127.0.0.1:1/", expect="xml")


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 900\r\n\r\n<feed>"],
    ids=["before the head", "in the body"],
)
def test_a_server_that_falls_silent_is_unreachable(server, start):
    server.stall(start)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        http(attempts=1).get(server.url, expect="xml")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n"],
    ids=["head", "body"],
)
def test_an_answer_that_trickles_for_ever_is_ended_by_the_deadline(server, head):
    trickle = [b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 90 if not head else [head] + [b"<a/>"] * 90
    server.say_raw(*trickle, pause=0.1)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        http(attempts=1).get(server.url, expect="xml")
    assert time.monotonic() - began < 3


def test_an_answer_cut_short_is_unreachable_not_a_shorter_list(server):
    server.say_raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 900\r\n\r\n<feed>")
    with pytest.raises(Unreachable, match="early"):
        http(attempts=1).get(server.url, expect="xml")


def test_a_refused_question_is_broken_with_the_servers_own_words(server):
    server.say("the reason", status=400)
    with pytest.raises(Broken, match="400: the reason"):
        http().get(server.url, expect="xml", explain=lambda body: body.decode())
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [("<!doctype HTML><p>maintenance", "application/xml"), ("<html></html>", ""), ("<p>hello", "text/html")],
)
def test_a_web_page_is_broken(server, body, kind):
    server.say(body, kind=kind)
    with pytest.raises(Broken, match="web page"):
        http().get(server.url, expect="json")


def test_an_empty_answer_is_broken(server):
    server.say("  \n")
    with pytest.raises(Broken, match="empty answer"):
        http().get(server.url, expect="xml")


def test_a_body_over_the_bound_is_broken_though_it_is_small_when_packed(server):
    server.say(gzip.compress(b" " * (3 << 20)), Content_Encoding="gzip")
    with pytest.raises(Broken, match="more than 1 MiB"):
        http(most_bytes=1 << 20).get(server.url, expect="xml")


def test_an_answer_that_cannot_be_unpacked_is_broken(server):
    server.say(b"not gzip at all", Content_Encoding="gzip")
    with pytest.raises(Broken, match="unpacked"):
        http().get(server.url, expect="xml")


def test_a_redirect_on_the_same_host_is_followed_and_counted(server):
    server.say("", status=301, Location="/new")
    server.say(OK)
    client = http()
    assert client.get(server.url + "/old", expect="xml") == OK
    assert server.seen[1].path == "/new"
    assert client.take_spent().requests == 2


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "file:///etc/passwd", "http://localhost:1/"])
def test_a_redirect_to_another_place_is_not_followed(server, target):
    server.say("", status=302, Location=target)
    with pytest.raises(Broken, match="sends on to"):
        http().get(server.url, expect="xml")


def test_redirects_in_a_circle_end(server):
    server.say("", status=302, Location="/again")
    with pytest.raises(Broken, match="from one address to the next"):
        http().get(server.url, expect="xml")
    assert len(server.seen) < 10


def test_a_password_in_netrc_is_not_sent(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    # The loopback server plays the proxy, so that an outside address can be asked for without leaving the machine.
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.say(OK)
    assert http().get("http://arxiv.example/api", expect="xml") == OK
    assert server.seen[0].headers["Host"] == "arxiv.example"
    assert "Authorization" not in server.seen[0].headers


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.say(OK)
    assert http().get(server.url, expect="xml") == OK


def test_a_retry_is_silent_on_stderr(server):
    server.say("", status=503)
    code = (
        "from core.papers.asking.gate import Gate\nfrom core.papers.asking.http import Http\n"
        "from core.papers.source import Unreachable\n"
        f"try: Http(gate=Gate(delay=0.01)).get({server.url!r}, expect='xml')\nexcept Unreachable as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stderr == ""
    assert ran.stdout.strip().endswith("out of order for now")


def test_a_retry_can_be_held_back_longer_than_the_turns(server):
    server.say("", status=503)
    server.say(OK)
    assert http(delay=0.0, backoff=0.2).get(server.url, expect="xml") == OK
    assert server.seen[1].at - server.seen[0].at >= 0.19


def test_waits_are_counted_and_the_time_of_the_requests_is_not(server):
    server.say("", status=429, Retry_After="1")
    server.say_raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n", OK, pause=0.2)
    client = http(delay=0.3)
    client.get(server.url, expect="xml")
    assert 1.0 <= client.take_spent().waited < 1.35
    client.get(server.url, expect="xml")
    spent = client.take_spent()
    assert 0.2 <= spent.waited < 0.5
    assert spent.requests == 1
    assert client.take_spent() == (0, 0.0)


# --- conditional requests ---------------------------------------------------------------------------------------------


def test_an_answer_carries_its_etag_and_the_next_request_may_send_it_along(server):
    server.say(OK, ETag='"a1"')
    server.say("", status=304, ETag='"a1"')
    client = http()
    assert client.fetch(server.url, expect="xml") == Answer(OK, '"a1"', True)
    assert "If-None-Match" not in server.seen[0].headers
    assert client.fetch(server.url, expect="xml", etag='"a1"') == Answer(b"", '"a1"', False)
    assert server.seen[1].headers["If-None-Match"] == '"a1"'


def test_a_document_that_was_modified_comes_with_its_new_etag(server):
    server.say(OK, ETag='W/"a2"')
    assert http().fetch(server.url, expect="xml", etag='"a1"') == Answer(OK, 'W/"a2"', True)


def test_an_answer_without_etag_says_so(server):
    server.say(OK)
    assert http().fetch(server.url, expect="xml") == Answer(OK, None, True)


def test_an_unheard_of_etag_is_not_kept(server):
    server.say(OK, ETag='"' + "a" * 3000 + '"')
    assert http().fetch(server.url, expect="xml").etag is None


def test_not_modified_where_nothing_was_known_is_broken(server):
    server.say("", status=304)
    with pytest.raises(Broken, match="304"):
        http().fetch(server.url, expect="xml")


# --- quotas -----------------------------------------------------------------------------------------------------------


def test_a_quota_that_is_used_up_is_waited_for_before_the_next_request(server):
    server.say(OK, RateLimit='"api";r=0;t=1')
    client = http()
    client.get(server.url, expect="xml")
    client.get(server.url, expect="xml")
    assert server.seen[1].at - server.seen[0].at >= 0.95
    assert client.take_spent().waited >= 0.9


def test_a_quota_that_is_used_up_for_long_ends_the_next_request_without_asking(server):
    server.say(OK, RateLimit='"api";r=0;t=117')
    client = http()
    client.get(server.url, expect="xml")
    client.take_spent()
    with pytest.raises(Throttled, match="RateLimit") as caught:
        client.get(server.url, expect="xml")
    assert 110 < (caught.value.retry_after or 0) <= 117
    assert client.take_spent().requests == 0
    assert len(server.seen) == 1


def test_a_quota_with_requests_left_holds_nobody_up(server):
    server.say(OK, RateLimit='"api";r=1;t=117')
    client = http()
    for _ in range(2):
        assert client.get(server.url, expect="xml") == OK


def test_being_throttled_without_retry_after_takes_the_time_from_the_quota(server):
    server.say("", status=429, RateLimit='"api";r=0;t=200')
    with pytest.raises(Throttled) as caught:
        http().get(server.url, expect="xml")
    assert caught.value.retry_after == 200


def test_a_gate_that_others_hold_for_too_long_is_unreachable_and_not_asked_again(server, tmp_path: Path):
    holder = Gate(delay=0, path=tmp_path / "gate")
    with holder.turn():
        client = Http(gate=Gate(delay=0, path=tmp_path / "gate", patience=0.1))
        began = time.monotonic()
        with pytest.raises(Unreachable, match="other processes"):
            client.get(server.url, expect="xml")
    assert time.monotonic() - began < 2
    assert client.take_spent().requests == len(server.seen) == 0
