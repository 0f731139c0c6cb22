"""What is posted goes to checked addresses only, ends in time, and survives whatever is answered."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import trustme

from notify import posting
from notify.domain.filters import FilterError
from notify.domain.webhooks import (
    SCHEDULE,
    is_delivered,
    may_reach,
    require_url,
    retry_after,
    wait_after,
    without_query,
)
from notify.posting import Answer, AnswerTimeoutError, Destinations, ForbiddenAddressError, PostError

from .receiver import Play, answering, closing, endless, garbage, hanging, receiving

LOOPBACK = ip_network("127.0.0.0/8")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def to(*networks: Any, ca: trustme.CA | None = None) -> Destinations:
    tls = ssl.create_default_context()
    if ca is not None:
        ca.configure_trust(tls)
    return Destinations(networks, tls)


async def post(url: str, destinations: Destinations | None = None) -> Answer:
    async with posting.posting(destinations or to(LOOPBACK)) as poster:
        return await poster.post(url, b"{}", {"webhook-id": "1"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::1%lo",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_of_the_internet_is_not_reached(address: str) -> None:
    assert not may_reach(address, (), public=True)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_the_internet_is_reached_where_it_is_allowed(address: str) -> None:
    assert may_reach(address, (), public=True)
    assert not may_reach(address, (LOOPBACK,), public=False)


def test_a_network_of_ones_own_is_reached_also_by_its_mapped_address() -> None:
    assert may_reach("127.0.0.9", (LOOPBACK,), public=False)
    assert may_reach("::ffff:127.0.0.9", (LOOPBACK,), public=False)
    assert not may_reach("10.0.0.1", (LOOPBACK,), public=True)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.org/", "it must begin with https://"),
        ("ftp://example.org/", "it must begin with https://"),
        ("HTTPS://example.org/", "it must begin with https://"),
        ("https:///path", "it names no host"),
        ("https://user:secret@example.org/", "it may name neither user nor fragment"),
        ("https://example.org/#part", "it may name neither user nor fragment"),
        ("https://example.org:25/", "its port may be 80, 443 or one above 1023"),
        ("https://example.org:99999/", "it is no URL"),
        ("https://[::1/", "it is no URL"),
        ("https://exam ple.org/", "it must be at most 2000 visible ASCII characters"),
        ("https://example.org\\@127.0.0.1/", "it must be at most 2000 visible ASCII characters"),
        ("https://例子.org/", "it must be at most 2000 visible ASCII characters"),
        ("https://example.org/" + "x" * 2000, "it must be at most 2000 visible ASCII characters"),
    ],
)
def test_a_url_that_nothing_may_be_posted_to_is_refused_with_its_reason(url: str, fault: str) -> None:
    with pytest.raises(FilterError, match="^" + fault.replace("(", "\\(")) as refused:
        require_url(url, plain=False)
    assert refused.value.field == "url"


def test_a_good_url_is_taken_and_http_where_it_is_allowed() -> None:
    require_url("https://example.org:8443/a/b?c=d", plain=False)
    require_url("http://intranet/", plain=True)
    assert without_query("https://example.org/a?key=k") == "https://example.org/a?…"
    assert without_query("https://example.org/a") == "https://example.org/a"


def test_attempts_follow_the_schedule_with_jitter_and_end() -> None:
    assert [wait_after(one, None, 0) for one in range(1, 11)] == [*SCHEDULE[1:], None]
    assert wait_after(1, None, 1) == timedelta(seconds=5.5)
    assert wait_after(1, timedelta(hours=1), 0) == timedelta(hours=1)
    assert wait_after(4, timedelta(seconds=1), 0) == SCHEDULE[4]


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        ("Mon, 02 Mar 2026 09:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", timedelta()),
        ("999999999", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_understood_or_left(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


async def test_an_event_is_posted_whole_with_its_headers_and_the_connection_is_kept() -> None:
    async with receiving(answering(200, b"thanks")) as receiver, posting.posting(to(LOOPBACK)) as poster:
        answers = [await poster.post(receiver.url, b'{"a": "\xe4"}', {"webhook-id": "7"}) for _ in range(2)]
    assert [(one.status, one.beginning) for one in answers] == [(200, b"thanks")] * 2
    seen = receiver.seen[0]
    assert (seen.line, seen.body, seen.headers["webhook-id"]) == ("POST /linli HTTP/1.1", b'{"a": "\xe4"}', "7")
    assert seen.headers["content-type"] == "application/cloudevents+json"


async def test_connections_to_a_receiver_are_let_go_when_nothing_comes_any_more_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        receiving() as quiet,
        receiving() as other,
        receiving(answering(204), answering(204), hanging) as busy,
        posting.posting(to(LOOPBACK)) as poster,
    ):
        for receiver in (quiet, busy):
            await poster.post(receiver.url, b"{}", {"webhook-id": "1"})
        await poster.post(busy.url, b"{}", {"webhook-id": "2"})
        assert (quiet.connections, busy.connections) == (1, 1)
        under_way = asyncio.create_task(poster.post(busy.url, b"{}", {"webhook-id": "3"}))
        await busy.until(3)
        monkeypatch.setattr(posting, "IDLE_S", 0.0)
        await poster.post(other.url, b"{}", {"webhook-id": "4"})
        async with asyncio.timeout(20):
            while quiet.connections:
                await asyncio.sleep(0.01)
        assert busy.connections == 1
        assert (await poster.post(quiet.url, b"{}", {"webhook-id": "5"})).status == 204
        under_way.cancel()


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (garbage, "it closed the connection or does not speak HTTP"),
        (closing, "it closed the connection or does not speak HTTP"),
    ],
)
async def test_what_is_no_answer_is_told_in_plain_words(play: Play, why: str) -> None:
    async with receiving(play) as receiver:
        with pytest.raises(PostError, match=why):
            await post(receiver.url)


async def test_a_receiver_that_does_not_answer_is_left_after_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_S", 0.2)
    async with receiving(hanging) as receiver:
        with pytest.raises(AnswerTimeoutError, match=r"no answer within 0\.2 s"):
            await post(receiver.url)


async def test_an_endless_answer_is_cut_and_counts_by_its_status() -> None:
    async with receiving(endless) as receiver:
        answer = await post(receiver.url)
    assert (answer.status, len(answer.beginning)) == (200, posting.MOST_ANSWER_BYTES)


async def test_a_body_that_never_comes_costs_the_time_out_and_not_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_S", 0.2)

    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        await writer.drain()
        await hanging(writer)

    async with receiving(half) as receiver:
        assert (await post(receiver.url)).status == 200


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving() as inside, receiving(answering(302, Location=inside.url)) as receiver:
        assert not is_delivered((await post(receiver.url)).status)
    assert inside.seen == []


async def test_nobody_there_and_no_such_name_are_told_in_plain_words() -> None:
    async with receiving() as receiver:
        url = receiver.url
    with pytest.raises(PostError, match="it cannot be connected to"):
        await post(url)
    with pytest.raises(PostError, match="the host has no address"):
        await post("https://nowhere.invalid/")
    with pytest.raises(PostError, match="the host has no address"):
        await post("https://a..b/")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
async def test_a_host_that_leads_inside_is_refused_however_it_is_written(host: str) -> None:
    async with receiving() as receiver:
        for scheme in ("http", "https"):
            with pytest.raises(ForbiddenAddressError):
                await post(f"{scheme}://{host}:{receiver.port}/", to(ip_network("10.0.0.0/8")))
    assert receiver.seen == []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each look-up of a name gives."""
    answers: list[list[str]] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **more: Any) -> Any:
        found = answers.pop(0) if host == "department.example" else [host]
        return [one for address in found for one in real(address, port, *args, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


async def test_a_name_that_leads_elsewhere_on_the_second_look_is_followed_to_the_first_only(
    names: list[list[str]],
) -> None:
    names += [["127.0.0.2"], ["127.0.0.1"]]
    only = to(ip_network("127.0.0.2/32"))
    async with receiving(host="127.0.0.2") as receiver:
        url = f"http://department.example:{receiver.port}/"
        assert (await post(url, only)).status == 204
        assert (len(names), receiver.seen[0].headers["host"]) == (1, f"department.example:{receiver.port}")
        with pytest.raises(ForbiddenAddressError):
            await post(url, only)
    assert len(receiver.seen) == 1


async def test_of_several_addresses_only_those_that_may_be_reached_are_tried(names: list[list[str]]) -> None:
    names += [["127.0.0.1", "127.0.0.3", "127.0.0.2"]]
    async with receiving(host="127.0.0.2") as receiver:
        url = f"http://department.example:{receiver.port}/"
        assert (await post(url, to(ip_network("127.0.0.2/31")))).status == 204


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def served_as(ca: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(name).configure_cert(context)
    return context


async def test_https_reaches_the_checked_address_and_verifies_the_name(ca: trustme.CA, names: list[list[str]]) -> None:
    names += [["127.0.0.1"]]
    async with receiving(tls=served_as(ca, "department.example")) as receiver:
        answer = await post(f"https://department.example:{receiver.port}/", to(LOOPBACK, ca=ca))
    assert answer.status == 204


async def test_a_certificate_of_another_or_of_nobody_is_refused(ca: trustme.CA, names: list[list[str]]) -> None:
    names += [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]]
    async with receiving(tls=served_as(ca, "other.example")) as receiver:
        url = f"https://department.example:{receiver.port}/"
        with pytest.raises(PostError, match="no secure connection: Hostname mismatch"):
            await post(url, to(LOOPBACK, ca=ca))
        with pytest.raises(PostError, match="no secure connection: unable to get local issuer"):
            await post(url)
    assert receiver.seen == []


async def test_a_handshake_that_never_ends_is_left_and_its_socket_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_S", 0.4)
    async with receiving() as plain:
        with pytest.raises(PostError, match="no secure connection"):
            await post(f"https://127.0.0.1:{plain.port}/")


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await post(receiver.url)
    assert (len(proxy.seen), len(receiver.seen)) == (0, 1)
