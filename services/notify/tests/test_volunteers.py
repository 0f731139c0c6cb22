"""Volunteers, and those who organise, are told what happens to wishes and shifts; only notify can see who they are."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from pydantic import SecretStr

from linli.chassis.cipher import UnreadableError
from linli.chassis.sealing import Sealer
from linli.contracts import AssignmentCancelled, EventData, WishClaimed, WishThanked
from linli.contracts.examples import EXAMPLES

from .conftest import WEBHOOK_KEY
from .test_inbox import Tell, Token, told

SEALER = Sealer(SecretStr(WEBHOOK_KEY))
BUILDING = "li-sanhe"


def example(kind: type[EventData], **changed: Any) -> Any:
    [one] = [each for each in EXAMPLES if type(each) is kind]
    return one.model_copy(update=changed)


async def test_who_is_named_is_told_and_who_is_responsible_there(client: AsyncClient, tell: Tell, token: Token) -> None:
    wish = uuid4()
    await tell(example(WishClaimed, wish_id=wish, submitter=SEALER.seal(wish, "anna"), holder=SEALER.seal(wish, "ben")))
    both = tuple(SEALER.seal(wish, one) for one in ("ben", "clara"))
    await tell(example(WishThanked, wish_id=wish, submitter=None, holders=both), 2)

    titles = {}
    for name in ("anna", "ben", "clara"):
        inbox = await told(client, "/v1/inbox", token("volunteer", subject=name, language="en"), 1)
        titles[name] = [one["title"] for one in inbox["items"]]
        assert inbox["items"][0]["issue_id"] is None
    assert titles == {"anna": ["Somebody claimed your wish"], "ben": ["Thank you"], "clara": ["Thank you"]}
    officer = await told(client, "/v1/inbox", token("handler", subject=BUILDING, language="en"), 1)
    assert [one["title"] for one in officer["items"]] == ["Please agree to a claim"]
    assert "换一盏灯" in officer["items"][0]["body"]


async def test_a_volunteer_mutes_an_event_but_not_that_they_need_not_come(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    anna, wish, shift = token("volunteer", subject="anna", language="en"), uuid4(), uuid4()
    kinds = ("wish.claimed", "assignment.cancelled")
    muted = [{"event": f"linli.{kind}.v1", "muted": True} for kind in kinds]
    answer = await client.put("/v1/inbox/preferences", headers=anna, json={"preferences": muted})
    assert answer.status_code == 200, answer.text
    await tell(example(WishClaimed, wish_id=wish, submitter=SEALER.seal(wish, "anna")))
    await tell(example(AssignmentCancelled, shift_id=shift, volunteer=SEALER.seal(shift, "anna")))
    inbox = await told(client, "/v1/inbox", anna, 1)
    assert [one["title"] for one in inbox["items"]] == ["You need not come"]
    why = await client.get(f"/v1/issues/{wish}/told", headers=token("platform", subject="desk"))
    assert [(one["recipient"], one["reason"]) for one in why.json() if one["state"] == "untold"] == [
        ("person:anna", "opted-out")
    ]


def test_what_is_sealed_is_opened_for_what_it_is_about_alone_and_with_the_key() -> None:
    wish = uuid4()
    sealed = SEALER.seal(wish, "anna")
    assert sealed is not None
    assert SEALER.open(wish, sealed) == "anna"
    assert sealed != SEALER.seal(wish, "anna")
    for sealer, about in ((SEALER, uuid4()), (Sealer(SecretStr("A" * 43)), wish), (Sealer(None), wish)):
        with pytest.raises(UnreadableError):
            sealer.open(about, sealed)
    assert Sealer(None).seal(wish, "anna") is None
    assert SEALER.seal(wish, None) is None
