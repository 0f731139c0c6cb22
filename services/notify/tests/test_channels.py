"""Each channel against a server that behaves as its provider does, and misbehaves."""

import asyncio
import hmac
import json
import ssl
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import http_ece
import httpx
import pytest
from aiosmtpd.smtp import SMTP
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from notify.channels.loading import load_channels
from notify.channels.port import AddressError, Channel, Letter, Outside, SendError, Traits
from notify.composing import one_line, shortened
from notify.posting import Destinations, posting
from notify.webhook_secrets import signed

from .receiver import Receiver, answering, closing, endless, garbage, hanging, receiving

AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ID = UUID("01959b1e-0000-7000-8000-000000000001")
MAIL = "neighbour@example.org"
NUMBER = "+8613800138000"
BOT = "token-1234 SEC-secret-1234"


def letter(address: str, **change: Any) -> Letter:
    said: dict[str, Any] = {
        "id": ID,
        "template": "case-yours",
        "language": "en",
        "urgent": False,
        "at": AT,
        "address": address,
        "title": "A case is yours",
        "body": "Roof leak <b>\nPlease accept it.",
        "values": {"category": "Roof leak", "deadline": "9 March 2026 17:00", "area": "x" * 50},
        "thread": "issue-1",
    }
    return Letter(**{**said, **change})


def channel(name: str, **settings: Any) -> Channel:
    return load_channels(SecretStr(json.dumps({name: settings})))[name]


@pytest.fixture(scope="session")
async def outside() -> AsyncIterator[Outside]:
    to = Destinations((ip_network("127.0.0.0/8"),), ssl.create_default_context())
    async with posting(to) as poster, httpx.AsyncClient(timeout=2, trust_env=False) as http:
        yield Outside(http, poster)


@dataclass
class Mailbox:
    """Mail that arrived, and what a server says to recipients and to mails."""

    recipient: str = "250 OK"
    data: str = "250 OK"
    port: int = field(default=0, init=False)
    got: list[bytes] = field(default_factory=list, init=False)

    async def handle_RCPT(self, _s: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, _s: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.got.append(envelope.content)
        return self.data


@asynccontextmanager
async def mail_server(**says: str) -> AsyncIterator[Mailbox]:
    box = Mailbox(**says)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", loop=loop), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def email(port: int) -> Channel:
    return channel("email", host="127.0.0.1", port=port, tls="none", sender="linli@example.org", sender_name="邻里")


async def test_a_mail_is_plain_and_html_in_its_thread_with_one_click_to_unsubscribe(outside: Outside) -> None:
    async with mail_server() as box:
        link = "https://notify.example/v1/unsubscribe/abc"
        taken = await email(box.port).send(letter(MAIL, title="漏水，请处理", unsubscribe_url=link), outside)
    [raw] = box.got
    mail = message_from_bytes(raw, policy=default)
    assert (mail["Subject"], mail["To"]) == ("漏水，请处理", MAIL)
    assert mail["From"] == "邻里 <linli@example.org>"
    assert taken.provider_id == mail["Message-ID"] == f"<{ID}@example.org>"
    assert mail["References"] == mail["In-Reply-To"] == "<issue-1@example.org>"
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, page = mail.iter_parts()
    assert plain.get_content().splitlines() == ["Roof leak <b>", "Please accept it."]
    assert "Roof leak &lt;b&gt;" in page.get_content()


@pytest.mark.parametrize(
    ("says", "permanent", "bad_address"),
    [
        ({"recipient": "550 no such user"}, True, True),
        ({"recipient": "452 mailbox full"}, False, False),
        ({"recipient": "554 no"}, True, False),
        ({"data": "554 looks like spam"}, True, False),
        ({"data": "451 try later"}, False, False),
    ],
)
async def test_what_a_mail_server_refuses_is_understood(
    outside: Outside,
    says: dict[str, str],
    *,
    permanent: bool,
    bad_address: bool,
) -> None:
    async with mail_server(**says) as box:
        with pytest.raises(SendError) as caught:
            await email(box.port).send(letter(MAIL), outside)
    assert (caught.value.permanent, caught.value.bad_address) == (permanent, bad_address)
    assert MAIL not in caught.value.detail
    with pytest.raises(SendError, match="cannot be reached") as caught:
        await email(box.port).send(letter(MAIL), outside)
    assert not caught.value.permanent


@pytest.mark.parametrize("title", ["Hello\r\nBcc: all@example.org", "Hello\nBcc: all@example.org"])
async def test_a_header_with_a_line_break_is_refused_and_a_title_never_has_one(outside: Outside, title: str) -> None:
    async with mail_server() as box:
        with pytest.raises(SendError, match="line break"):
            await email(box.port).send(letter(MAIL, title=title), outside)
    assert box.got == []
    assert one_line(title + "\x00\u2028\x85") == "Hello Bcc: all@example.org"


Reached = Callable[[Receiver], tuple[Channel, str]]


def bot(name: str) -> Reached:
    address = "key-12345678" if name == "wecom" else BOT
    return lambda to: (channel(name, url=f"http://127.0.0.1:{to.port}"), address)


def sms(to: Receiver) -> tuple[Channel, str]:
    approved = {"id": "SMS_1", "params": {"what": "category", "when": "deadline", "where": "area"}}
    return channel(
        "sms",
        url=to.url,
        token="throw-away",
        templates={"en": {"case-yours": approved}},
        busy_codes=[15],
        bad_number_codes=[22],
    ), NUMBER


SECRET = "whsec_" + b64encode(b"a secret of twenty-four.").decode()


def own_server(to: Receiver) -> tuple[Channel, str]:
    return channel("webhook", plain=True), f"{to.url} {SECRET}"


RECIPIENT_KEY = ec.derive_private_key(54321, ec.SECP256R1())
AUTH = b"sixteen bytes :)"


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def subscription(url: str) -> str:
    return json.dumps({"endpoint": url, "keys": {"p256dh": b64(point(RECIPIENT_KEY)), "auth": b64(AUTH)}})


VAPID = ec.derive_private_key(12345, ec.SECP256R1())


def push(to: Receiver) -> tuple[Channel, str]:
    settings = {"vapid_key": b64((12345).to_bytes(32, "big")), "contact": "mailto:ops@example.org", "plain": True}
    made = channel("web-push", **settings)
    return made, made.normal(subscription(to.url))


async def sent(outside: Outside, reached: Reached, *, answer: Any) -> Receiver:
    async with receiving(answer) as to:
        made, address = reached(to)
        await made.send(letter(made.normal(address)), outside)
        # The provider took it and did not say so: it comes again, and can be known by its id.
        await made.send(letter(made.normal(address)), outside)
    first, again = to.seen
    assert first.headers.keys() == again.headers.keys()
    return to


async def test_wecom_is_told_by_the_key_of_a_bot(outside: Outside) -> None:
    to = await sent(outside, bot("wecom"), answer=answering(200, b'{"errcode":0,"errmsg":"ok"}'))
    assert to.seen[0].line == "POST /cgi-bin/webhook/send?key=key-12345678 HTTP/1.1"
    content = {"content": "A case is yours\nRoof leak <b>\nPlease accept it."}
    assert json.loads(to.seen[0].body) == {"msgtype": "text", "text": content}


async def test_dingtalk_is_signed_in_the_query(outside: Outside) -> None:
    to = await sent(outside, bot("dingtalk"), answer=answering(200, b'{"errcode":0}'))
    query = {name: value[0] for name, value in parse_qs(urlsplit(to.seen[0].line.split()[1]).query).items()}
    stamp = str(int(AT.timestamp() * 1000))
    sign = hmac.digest(b"SEC-secret-1234", f"{stamp}\nSEC-secret-1234".encode(), sha256)
    assert query == {"access_token": "token-1234", "timestamp": stamp, "sign": b64encode(sign).decode()}


async def test_feishu_is_signed_in_the_body(outside: Outside) -> None:
    to = await sent(outside, bot("feishu"), answer=answering(200, b'{"code":0,"msg":"success"}'))
    assert to.seen[0].line == "POST /open-apis/bot/v2/hook/token-1234 HTTP/1.1"
    stamp = str(int(AT.timestamp()))
    sign = hmac.digest(f"{stamp}\nSEC-secret-1234".encode(), b"", sha256)
    said = json.loads(to.seen[0].body)
    assert (said["timestamp"], said["sign"]) == (stamp, b64encode(sign).decode())
    assert said["msg_type"] == "text"


async def test_a_text_message_is_a_template_and_its_parameters(outside: Outside) -> None:
    to = await sent(outside, sms, answer=answering(200, b'{"code":0,"message_id":"m-1"}'))
    assert json.loads(to.seen[0].body) == {
        "id": str(ID),
        "to": NUMBER,
        "template": "SMS_1",
        "params": {"what": "Roof leak", "when": "9 March 2026 17:00", "where": "x" * 35},
    }
    assert to.seen[0].headers["authorization"] == "Bearer throw-away"
    with pytest.raises(SendError, match="no template is approved") as caught:
        await sms(to)[0].send(letter(NUMBER, template="other"), outside)
    assert caught.value.permanent


async def test_ones_own_server_can_check_who_posted(outside: Outside) -> None:
    to = await sent(outside, own_server, answer=answering(204))
    headers = to.seen[0].headers
    right = signed(str(ID), to.seen[0].body, [b64decode(SECRET.removeprefix("whsec_"))], AT)
    assert {name: headers[name] for name in right} == right
    assert json.loads(to.seen[0].body)["title"] == "A case is yours"


async def test_a_browser_can_read_what_its_push_service_cannot(outside: Outside) -> None:
    to = await sent(outside, push, answer=answering(201))
    headers = to.seen[0].headers
    read = http_ece.decrypt(to.seen[0].body, private_key=RECIPIENT_KEY, auth_secret=AUTH, version="aes128gcm")
    assert json.loads(read)["title"] == "A case is yours"
    assert b"A case" not in to.seen[0].body
    assert (headers["content-encoding"], headers["urgency"], headers["ttl"]) == ("aes128gcm", "normal", "86400")
    told = dict(part.strip().split("=", 1) for part in headers["authorization"].removeprefix("vapid ").split(","))
    assert told["k"] == b64(point(VAPID))
    claims = json.loads(urlsafe_b64decode(told["t"].split(".")[1] + "=="))
    assert (claims["aud"], claims["sub"]) == (f"http://127.0.0.1:{to.port}", "mailto:ops@example.org")


EVERY = [bot("wecom"), bot("dingtalk"), bot("feishu"), sms, own_server, push]
NAMES = ["wecom", "dingtalk", "feishu", "sms", "webhook", "web-push"]


@pytest.mark.parametrize("reached", EVERY, ids=NAMES)
@pytest.mark.parametrize(
    ("answer", "permanent", "asked"),
    [
        (answering(500), False, None),
        (answering(429, Retry_After="120"), False, timedelta(minutes=2)),
        (answering(403), False, None),
        (answering(400), True, None),
        (answering(302, Location="http://127.0.0.1:1/"), False, None),
        (garbage, False, None),
        (closing, False, None),
    ],
    ids=["500", "429", "403", "400", "302", "garbage", "closing"],
)
async def test_what_a_provider_does_not_take_is_known(
    outside: Outside,
    reached: Reached,
    answer: Any,
    *,
    permanent: bool,
    asked: timedelta | None,
) -> None:
    async with receiving(answer) as to:
        made, address = reached(to)
        with pytest.raises(SendError) as caught:
            await made.send(letter(made.normal(address)), outside)
    assert (caught.value.permanent, caught.value.asked, caught.value.bad_address) == (permanent, asked, False)
    assert "127.0.0.1" not in caught.value.detail


@pytest.mark.parametrize(
    ("reached", "body", "permanent", "bad_address"),
    [
        (bot("wecom"), {"errcode": 45009}, False, False),
        (bot("wecom"), {"errcode": 93000}, True, True),
        (bot("wecom"), {"errcode": 40058}, True, False),
        (bot("dingtalk"), {"errcode": 130101}, False, False),
        (bot("dingtalk"), {"errcode": 300001}, True, True),
        (bot("dingtalk"), {"errcode": 310000}, True, False),
        (bot("feishu"), {"code": 9499}, False, False),
        (bot("feishu"), {"code": 19001}, True, True),
        (bot("feishu"), {"code": 19021}, True, False),
        (sms, {"code": 15}, False, False),
        (sms, {"code": 22}, True, True),
        (sms, {"code": 99}, True, False),
        (sms, {"code": "OK"}, False, False),
        (sms, [], False, False),
        (bot("wecom"), {"errmsg": "ok"}, False, False),
    ],
)
async def test_a_200_with_an_error_inside_is_no_success(
    outside: Outside,
    reached: Reached,
    body: Any,
    *,
    permanent: bool,
    bad_address: bool,
) -> None:
    async with receiving(answering(200, json.dumps(body).encode())) as to:
        made, address = reached(to)
        with pytest.raises(SendError) as caught:
            await made.send(letter(made.normal(address)), outside)
    assert (caught.value.permanent, caught.value.bad_address) == (permanent, bad_address)


@pytest.mark.parametrize("reached", [own_server, push], ids=["webhook", "web-push"])
async def test_an_address_that_is_gone_is_not_used_again(outside: Outside, reached: Reached) -> None:
    async with receiving(answering(410)) as to:
        made, address = reached(to)
        with pytest.raises(SendError) as caught:
            await made.send(letter(made.normal(address)), outside)
    assert caught.value.bad_address


async def test_who_names_a_url_reaches_nothing_inside(outside: Outside) -> None:
    inside = Destinations((), ssl.create_default_context())
    async with receiving() as to, posting(inside) as poster:
        for made, address in (own_server(to), push(to)):
            with pytest.raises(SendError, match="no address that webhooks may go to"):
                await made.send(letter(made.normal(address)), Outside(outside.http, poster))
    assert to.seen == []


@pytest.mark.parametrize(
    ("name", "settings", "given", "kept", "shown"),
    [
        ("sms", {}, "138 0013 8000", NUMBER, "+86…00"),
        ("sms", {}, "+86 13800138000", NUMBER, "+86…00"),
        ("sms", {"countries": ["CN", "HK"]}, "+852 5123 4567", "+85251234567", "+85…67"),
        ("wecom", {}, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=key-12345678", "key-12345678", "key…78"),
        ("dingtalk", {}, "https://oapi.dingtalk.com/robot/send?access_token=abcdefgh", "abcdefgh", "abc…gh"),
        ("feishu", {}, f"https://open.feishu.cn/open-apis/bot/v2/hook/{BOT}", BOT, "tok…34"),
        ("webhook", {}, "https://example.org/me?key=1", "https://example.org/me?key=1", "https://example.org/…"),
    ],
)
def test_an_address_is_kept_in_one_way_and_shown_in_part(
    name: str, settings: dict[str, Any], given: str, kept: str, shown: str
) -> None:
    made = channel(name, **({"url": "https://sms.example", "templates": {}} if name == "sms" else {}), **settings)
    assert made.normal(given) == kept
    assert made.masked(kept) == shown


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("sms", "+44 7400 123456"),  # another country
        ("sms", "+86 10 1234 5678"),  # a line in Beijing
        ("sms", "12345"),
        ("sms", "call me"),
        ("email", "neighbour"),
        ("email", "a@b@c.org"),
        ("email", "x@example.org\nBcc: y@example.org"),
        ("wecom", "../../evil"),
        ("dingtalk", "token secret more"),
        ("feishu", "a?b"),
        ("webhook", "http://example.org/"),
        ("webhook", "https://user@example.org/"),
        ("webhook", "https://example.org/ whsec_c2hvcnQ="),
        ("web-push", "{}"),
        ("web-push", "no json"),
        pytest.param("web-push", subscription("http://example.org/"), id="web-push-http"),
        pytest.param(
            "web-push", subscription("https://example.org/").replace(b64(AUTH), "short"), id="web-push-short-secret"
        ),
        ("console", ""),
    ],
)
def test_what_is_no_address_is_refused(name: str, address: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "sms": {"url": "https://sms.example", "templates": {}},
        "email": {"host": "localhost", "sender": "linli@example.org"},
        "web-push": {"vapid_key": b64((12345).to_bytes(32, "big")), "contact": "mailto:ops@example.org"},
    }
    with pytest.raises(AddressError):
        channel(name, **needed.get(name, {})).normal(address)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("[]", "must be a JSON object"),
        ('{"pigeon": {}}', "no such channel: pigeon; there are console"),
        ('{"email": {"host": "x", "sender": "s3cret"}}', "email.sender: Value error, it is no mail address"),
        ('{"email": {"host": "x", "sender": "a@example.org", "pasword": "s3cret"}}', "email.pasword: Extra inputs"),
        ('{"web-push": {"vapid_key": "s3cret", "contact": "mailto:x"}}', "it is no private key"),
        ('{"console": {"x": 1}}', "there is nothing to set"),
    ],
)
def test_settings_that_cannot_be_are_named_and_not_repeated(told: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        load_channels(SecretStr(told))
    assert "s3cret" not in str(caught.value)


def test_a_text_is_cut_where_a_channel_ends() -> None:
    assert shortened("漏水" * 10, 5) == "漏水漏水…"
    assert shortened("漏水", 2) == "漏水"
    longest = Traits(most_title=60, most_body=600)
    assert len(("漏" * longest.most_title + "\n" + "水" * longest.most_body).encode()) <= 2048  # what WeCom takes


async def test_a_provider_that_hangs_or_never_ends_is_left(outside: Outside) -> None:
    async with httpx.AsyncClient(timeout=0.05, trust_env=False) as impatient, receiving(hanging) as to:
        made, address = bot("wecom")(to)
        with pytest.raises(SendError, match="did not answer in time"):
            await made.send(letter(address), Outside(impatient, outside.poster))
    async with receiving(endless) as to:
        made, address = bot("wecom")(to)
        with pytest.raises(SendError, match="no JSON object"):
            await made.send(letter(address), outside)
