"""Files come in with an issue, are kept without what is personal in them, and are read by who may."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from prometheus_client import CollectorRegistry

from intake.attachments.clearing import GRACE, Clearing
from intake.attachments.files import Files
from intake.settings import IntakeSettings
from linli.chassis.runtime import utc_now

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from . import making

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]


async def reported(client: AsyncClient, category: str = "facility.roof-leak") -> tuple[str, str]:
    """Report an issue and return its id and tracking code."""
    body = {"description": "楼顶漏雨", "area": builders.AREA, "category": category}
    answer = (await client.post("/v1/issues", json=body)).json()
    return answer["id"], answer["tracking_code"]


async def sent(client: AsyncClient, code: str, content: bytes, **params: str) -> Response:
    return await client.post(f"/v1/track/{code}/attachments", content=content, params=params)


async def staff_sent(
    client: AsyncClient, issue: str, content: bytes, headers: dict[str, str], **params: str
) -> Response:
    return await client.post(f"/v1/issues/{issue}/attachments", content=content, params=params, headers=headers)


def kept(settings: IntakeSettings) -> list[str]:
    folder = settings.storage_dir
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def test_a_photograph_is_kept_without_what_is_personal(client: AsyncClient) -> None:
    _, code = await reported(client)
    answer = await sent(client, code, making.photograph(), name="C:\\我的\\照片\u202e.jpeg")
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["kind"], shown["media_type"], shown["purpose"]) == ("image", "image/jpeg", "report")
    assert (shown["width"], shown["height"], shown["name"]) == (200, 400, "照片.jpeg")
    file = await client.get(shown["url"])
    assert (file.headers["content-type"], len(file.content)) == ("image/jpeg", shown["size"])
    assert making.CAMERA.encode() not in file.content
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file.headers["content-disposition"] == "inline; filename*=UTF-8''%E7%85%A7%E7%89%87.jpg"
    small = await client.get(shown["thumbnail_url"])
    assert making.opened(small.content).size == (200, 400)
    [listed] = (await client.get(f"/v1/track/{code}/attachments")).json()
    assert listed == shown


async def test_a_document_is_kept_as_it_is_and_never_shown_inline(client: AsyncClient) -> None:
    _, code = await reported(client)
    shown = (await sent(client, code, making.document(), name="证明.html")).json()
    assert (shown["kind"], shown["media_type"], shown["thumbnail_url"]) == ("document", "application/pdf", None)
    file = await client.get(shown["url"])
    assert file.content == making.document()
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''%E8%AF%81%E6%98%8E.pdf"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 415, "is none of"),
        (b"\x00" * 100, 415, "is none of"),
        (b"<html><script>alert(1)</script>", 415, "is none of"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "is none of"),
        (making.zip_bomb(), 415, "is none of"),
        (b"GIF89a" + bytes(50), 415, "is none of"),
        (b"#!/bin/sh\n" + making.document(), 415, "is none of|does not begin"),
        (making.document()[:-8], 415, "is incomplete"),
        (making.picture()[:5000], 422, "is broken or incomplete"),
        (making.pixel_bomb(20_000, 20_000), 422, "has more than"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(100), 422, "is broken or incomplete"),
    ],
    ids=[
        "nothing", "zeros", "page", "drawing", "zip bomb", "animation", "script before a document", "cut document",
        "cut picture", "pixel bomb", "begin of a picture",
    ],
)  # fmt: skip
async def test_what_is_no_picture_and_no_document_is_refused(
    client: AsyncClient, settings: IntakeSettings, content: bytes, status: int, said: str
) -> None:
    _, code = await reported(client)
    answer = await sent(client, code, content, name="holiday.jpg")
    assert answer.status_code == status, answer.text
    assert any(one in answer.json()["detail"] for one in said.split("|"))
    assert kept(settings) == []


async def test_a_file_over_the_limit_is_refused_however_it_is_sent(
    client: AsyncClient, settings: IntakeSettings
) -> None:
    _, code = await reported(client)
    too_much = settings.attachment_max_bytes + 1

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(too_much // 65536 + 1):
            yield b"\xff" * 65536

    announced = await sent(client, code, b"\xff" * too_much)
    unannounced = await client.post(f"/v1/track/{code}/attachments", content=pieces())
    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert kept(settings) == []


async def test_an_upload_that_is_cut_leaves_nothing(
    app: FastAPI, client: AsyncClient, settings: IntakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _, code = await reported(client)
    messages = iter(
        [
            {"type": "http.request", "body": making.picture()[:5000], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    answered: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        answered.append(message)

    path = f"/v1/track/{code}/attachments"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": [(b"content-length", b"90000")], "root_path": "",
        "scheme": "http", "server": ("intake", 80), "client": ("1.2.3.4", 5),
    }  # fmt: skip
    await app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert kept(settings) == []
    assert not any(name.startswith("linli-upload-") for name in os.listdir(tmp_path))  # noqa: PTH208 - sync on purpose
    assert (await client.get(path)).json() == []


async def test_the_same_file_twice_is_one_attachment(client: AsyncClient) -> None:
    _, code = await reported(client)
    first, again = await sent(client, code, making.picture()), await sent(client, code, making.picture())
    assert first.json() == again.json()
    at_once = await asyncio.gather(*(sent(client, code, making.picture(seed=1)) for _ in range(4)))
    assert len({answer.json()["id"] for answer in at_once}) == 1
    assert len((await client.get(f"/v1/track/{code}/attachments")).json()) == 2


async def test_an_issue_has_no_more_than_twenty_files_of_a_purpose(client: AsyncClient) -> None:
    _, code = await reported(client)
    for number in range(20):
        assert (await sent(client, code, making.document(str(number)))).status_code == 201
    refused = await sent(client, code, making.document("one more"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "The issue has 20 such files already.")
    assert (await sent(client, code, making.document("7"))).status_code == 201


async def test_handlers_show_before_and_after_as_a_pair(client: AsyncClient, token: Token, tell: Tell) -> None:
    issue, code = await reported(client)
    await tell(builders.routed(UUID(issue)), 1)
    handler = token("handler", subject=builders.HANDLER.id, areas=())
    async with asyncio.timeout(15):
        while (await client.get(f"/v1/issues/{issue}", headers=handler)).status_code != 200:
            await asyncio.sleep(0.05)
    before = (await staff_sent(client, issue, making.picture(seed=1), handler, purpose="before")).json()
    pair = {"purpose": "after", "before": before["id"]}
    after = (await staff_sent(client, issue, making.picture(seed=2), handler, **pair)).json()
    assert (after["purpose"], after["before"]) == ("after", before["id"])
    inner = await staff_sent(client, issue, making.document(), handler, purpose="document")
    assert inner.status_code == 201
    third = await staff_sent(client, issue, making.picture(seed=3), handler, **pair)
    alone = await staff_sent(client, issue, making.picture(seed=4), handler, purpose="after", before=str(uuid4()))
    other = await staff_sent(client, issue, making.picture(seed=5), handler, purpose="before", before=before["id"])
    assert (third.status_code, alone.status_code, other.status_code) == (409, 409, 409)
    shown = (await client.get(f"/v1/track/{code}/attachments")).json()
    assert [one["purpose"] for one in shown] == ["before", "after"]
    assert len((await client.get(f"/v1/issues/{issue}/attachments", headers=handler)).json()) == 3


async def test_files_of_confidential_matters_are_for_staff_in_scope(client: AsyncClient, token: Token) -> None:
    issue, code = await reported(client, "dispute.neighbour")
    mine = (await sent(client, code, making.picture())).json()
    assert (mine["url"], mine["thumbnail_url"], mine["expires_at"]) == (None, None, None)
    [listed] = (await client.get(f"/v1/track/{code}/attachments")).json()
    assert listed["url"] is None
    path = f"/v1/issues/{issue}/attachments"
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=token("staff"))).status_code == 403
    assert (await client.get(path, headers=token("supervisor", areas=("elsewhere",)))).status_code == 403
    [shown] = (await client.get(path, headers=token("supervisor"))).json()
    assert (await client.get(shown["url"])).status_code == 200


async def test_nobody_adds_to_what_is_not_theirs(client: AsyncClient, token: Token, settings: IntakeSettings) -> None:
    issue, _ = await reported(client)
    assert (await sent(client, "A" * 16, making.picture())).status_code in {404, 422}
    assert (await staff_sent(client, issue, making.picture(), {})).status_code == 401
    elsewhere = token("staff", areas=("elsewhere",))
    assert (await staff_sent(client, issue, making.picture(), elsewhere)).status_code == 403
    assert (await staff_sent(client, str(uuid4()), making.picture(), token("staff"))).status_code == 404
    assert kept(settings) == []


async def test_who_added_a_file_takes_it_away_and_its_links_end(client: AsyncClient, token: Token) -> None:
    issue, code = await reported(client)
    staff = token("staff", subject="li-someone")
    shown = (await staff_sent(client, issue, making.picture(), staff, purpose="before")).json()
    path = f"/v1/issues/{issue}/attachments/{shown['id']}"
    assert (await client.delete(path, headers=token("staff", subject="li-other"))).status_code == 403
    assert (await client.delete(path, headers=staff)).status_code == 204
    assert (await client.delete(path, headers=staff)).status_code == 404
    assert (await client.get(shown["url"])).status_code == 404
    reporters = (await sent(client, code, making.picture())).json()
    path = f"/v1/issues/{issue}/attachments/{reporters['id']}"
    assert (await client.delete(path, headers=staff)).status_code == 403
    assert (await client.delete(path, headers=token("supervisor"))).status_code == 204


async def test_a_link_that_was_changed_leads_nowhere(client: AsyncClient) -> None:
    _, code = await reported(client)
    url = (await sent(client, code, making.picture())).json()["url"]
    for bad in (url[:-1], url[:-5] + "AAAAA", "/v1/files/x", "/v1/files/..%2f..%2fetc%2fpasswd"):
        assert (await client.get(bad)).status_code == 404


async def test_what_belongs_to_nothing_is_cleared_away_after_a_day(
    app: FastAPI, client: AsyncClient, settings: IntakeSettings, token: Token
) -> None:
    issue, code = await reported(client)
    stays = (await sent(client, code, making.picture())).json()
    gone = (await sent(client, code, making.picture(seed=1))).json()
    path = f"/v1/issues/{issue}/attachments/{gone['id']}"
    assert (await client.delete(path, headers=token("supervisor"))).status_code == 204
    folder = settings.storage_dir
    for name in (f"ab/{uuid4()}.file", f"ab/{uuid4()}.file.{uuid4().hex}.part", "ab/of-somebody-else"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    runtime = app.state.runtime
    storage = runtime.extra(Files).storage

    def clearing(later: timedelta) -> Clearing:
        return Clearing(
            storage=storage, engine=runtime.engine, now=lambda: utc_now() + later, registry=CollectorRegistry()
        )

    assert await clearing(GRACE - timedelta(minutes=1)).clear() == 0
    assert await clearing(GRACE + timedelta(minutes=1)).clear() == 4
    assert len(kept(settings)) == 3
    assert (await client.get(stays["url"])).status_code == 200
