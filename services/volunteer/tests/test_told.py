"""What volunteer tells: everything that happens to wishes, shifts, posts and lines, and nobody's name."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.sealing import Sealer
from linli.contracts import (
    AssignmentCancelled,
    AssignmentOffered,
    AssignmentReminded,
    Event,
    LineEntered,
    LineMatched,
    ServiceAccepted,
    ShiftCancelled,
    WishExpired,
    WishThanked,
)
from volunteer.settings import VolunteerSettings

from . import test_duty_api as duty
from . import test_lines_api as lists
from .conftest import CONTACT_KEY, Clock, Mint, World, lapsing
from .test_people_api import registered
from .test_shifts_api import announced, free, in_days, joined, plan
from .test_wishes_api import LAMP, claimed, clerk_of, published
from .test_wishes_api import in_days as in_utc

SEALER = Sealer(SecretStr(CONTACT_KEY))


def kinds(events: Sequence[Event[Any]]) -> list[str]:
    """What happened, in order, without ``linli.`` and version."""
    return [event.type.removeprefix("linli.").removesuffix(".v1") for event in events]


def named(event: Event[Any], field: str) -> list[str]:
    """Who is named in a field, as notify opens it."""
    told = getattr(event.data, field)
    seals = told if isinstance(told, tuple) else [told] if told else []
    return [SEALER.open(getattr(event.data, "wish_id", None) or event.data.shift_id, one) for one in seals]


async def test_a_wish_is_told_of_from_the_one_who_wishes_to_the_thanks_without_a_name(
    client: AsyncClient, token: Mint, world: World
) -> None:
    await registered(client, token)
    wish = await published(client, token)
    given_back = await claimed(client, token, wish, "anna")
    await client.post(f"/v1/wish-claims/{given_back['id']}/release", headers=clerk_of(token))
    claim = await claimed(client, token, wish, "anna")
    for step, who in (("confirm", clerk_of(token)), ("fulfil", token("anna", "volunteer"))):
        assert (await client.post(f"/v1/wish-claims/{claim['id']}/{step}", headers=who)).status_code == 200
    await client.post(f"/v1/wishes/{wish['id']}/thank", headers=token("grandmother"), json={"thanks": "谢谢"})

    events = await world.told("wish", until=WishThanked)

    ways = ["submitted", "verified", "published", "claimed", "released", "claimed", "claim-confirmed", "fulfilled"]
    assert kinds(events) == [f"wish.{one}" for one in (*ways, "thanked")]
    assert [int(event.sequence) for event in events] == list(range(1, 10))
    assert all(str(LAMP["title"]) not in str(event.data) for event in events[:2])
    whole = b"".join(event.encode() for event in events).decode()
    assert not any(word in whole for word in ("anna", "grandmother", "clerk", str(LAMP["details"]), "例奶奶", "谢谢"))
    seals = [event.data.submitter for event in events]  # type: ignore[attr-defined]
    assert len(set(seals)) == len(seals)
    assert {one for event in events for one in named(event, "submitter")} == {"grandmother"}
    assert [named(event, "holder") for event in events[3:8]] == [["anna"]] * 5
    assert named(events[8], "holders") == ["anna"]
    assert [event.data.why for event in events[4:5]] == ["organiser"]  # type: ignore[attr-defined]


async def test_a_claim_that_lapses_with_its_wish_tells_both(
    client: AsyncClient, token: Mint, world: World, clock: Clock, settings: VolunteerSettings
) -> None:
    await registered(client, token)
    await claimed(client, token, await published(client, token, until=in_utc(2)), "anna")
    clock.ahead = timedelta(days=3)
    engine = create_async_engine(settings.database_url.get_secret_value())
    worker = lapsing(engine, clock)
    await worker.start()
    events = await world.told("wish", until=WishExpired)
    await worker.stop()
    await engine.dispose()
    assert kinds(events)[-2:] == ["wish.released", "wish.expired"]
    assert [int(event.sequence) for event in events] == list(range(1, 7))


async def test_who_comes_to_a_shift_is_told_and_when_it_is_called_off(
    client: AsyncClient, token: Mint, world: World
) -> None:
    await free(client, token, "anna", "berta", "clara")
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1}])
    await joined(client, token, shift, "anna")
    waiting = (await joined(client, token, shift, "berta")).json()
    await client.post(f"/v1/assignments/{waiting['id']}/give-up", headers=token("berta", "volunteer"))
    [other] = await announced(client, token, starts=in_days(9))
    assert (await plan(client, token))["proposed"] == 2
    for one in (shift, other):
        assert (await client.post(f"/v1/shifts/{one['id']}/cancel", headers=clerk_of(token))).status_code == 204
        assert (await client.post(f"/v1/shifts/{one['id']}/cancel", headers=clerk_of(token))).status_code == 204

    events = await world.told("activity", "shift", "assignment", until=AssignmentCancelled, times=3)

    assert kinds(events)[0] == "activity.announced"
    of_first = [event for event in events if event.partitionkey == shift["id"]]
    assert kinds(of_first) == [
        *("assignment.accepted", "assignment.waitlisted", "assignment.declined"),
        *("shift.cancelled", "assignment.cancelled"),
    ]
    assert [int(event.sequence) for event in of_first] == [1, 2, 3, 4, 5]
    of_places = [event for event in of_first if "assignment" in event.type]
    assert [named(event, "volunteer") for event in of_places] == [["anna"], ["berta"], ["berta"], ["anna"]]
    of_other = [event for event in events if event.partitionkey == other["id"]]
    assert kinds(of_other)[:2] == ["assignment.proposed", "assignment.proposed"]
    cancelled = [event.data for event in of_other if isinstance(event.data, AssignmentCancelled)]
    assert [one.why for one in cancelled] == ["shift-cancelled"] * 2
    assert len([event for event in events if isinstance(event.data, ShiftCancelled)]) == 2


async def test_who_comes_is_reminded_once_on_the_day_before(
    client: AsyncClient, token: Mint, world: World, clock: Clock, settings: VolunteerSettings
) -> None:
    await free(client, token, "anna", "berta")
    [shift] = await announced(client, token, starts=in_days(2), roles=[{"code": "patrol", "headcount": 1}])
    made = (await joined(client, token, shift, "anna")).json()
    await joined(client, token, shift, "berta")
    clock.ahead = timedelta(days=1, hours=2)
    engine = create_async_engine(settings.database_url.get_secret_value())
    for _ in range(2):
        worker = lapsing(engine, clock)
        await worker.start()
        await world.told("assignment", until=AssignmentReminded)
        await worker.stop()
    await engine.dispose()
    await client.post(f"/v1/assignments/{made['id']}/give-up", headers=token("anna", "volunteer"))
    events = await world.told("assignment", until=AssignmentOffered)
    assert kinds(events) == [
        f"assignment.{one}" for one in ("accepted", "waitlisted", "reminded", "cancelled", "offered")
    ]
    assert [named(event, "volunteer") for event in events[2:]] == [["anna"], ["anna"], ["berta"]]


async def test_a_post_and_its_service_are_told_of_without_the_employer(
    client: AsyncClient, token: Mint, world: World
) -> None:
    await duty.reported(client, token, "official", employer="housing")
    post, official = await duty.opened(client, token), token("official", "volunteer")
    path = f"/v1/posts/{post['id']}"
    first = (await client.post(f"{path}/nominations", headers=official)).json()
    await client.post(f"/v1/nominations/{first['id']}/withdraw", headers=official)
    again = (await client.post(f"{path}/nominations", headers=official)).json()
    await client.post(f"{path}/close", headers=clerk_of(token))
    accepted = f"/v1/nominations/{again['id']}/accept"
    assert (await client.post(accepted, headers=clerk_of(token), json={"minutes": 60})).status_code == 200
    events = await world.told("post", until=ServiceAccepted)
    assert kinds(events) == [f"post.{one}" for one in ("opened", "taken", "given-back", "taken", "closed", "served")]
    assert [int(event.sequence) for event in events] == [1, 2, 3, 4, 5, 6]
    whole = b"".join(event.encode() for event in events).decode()
    assert not any(word in whole for word in ("official", "housing"))
    assert SEALER.open(UUID(post["id"]), events[5].data.volunteer) == "official"  # type: ignore[attr-defined]


async def test_both_lists_tell_what_was_brought_together_and_what_came_of_it(
    client: AsyncClient, token: Mint, world: World
) -> None:
    need = await lists.entered(client, token, list="need", amount=30, party="居委会")
    chairs, path = await lists.entered(client, token), f"/v1/lines/{need['id']}"
    sent = {"resource_id": chairs["id"], "amount": 20}
    await client.post(f"{path}/matches", headers=clerk_of(token), json=sent)
    [match] = (await client.get(f"{path}/matches")).json()
    await client.delete(f"/v1/lines/matches/{match['id']}", headers=clerk_of(token))
    for outcome in ("另行解决", "已解决"):
        await client.patch(path, headers=clerk_of(token), json={"outcome": outcome})
    await lists.entered(client, token)

    events = await world.told("line", until=LineEntered, times=3)

    told = [kind for kind, event in zip(kinds(events), events, strict=True) if event.partitionkey == need["id"]]
    assert told == [f"line.{one}" for one in ("entered", "matched", "separated", "settled")]
    both = [event.data for event in events if isinstance(event.data, LineMatched)]
    assert {(one.list, one.matched, str(one.other)) for one in both} == {
        ("need", 20, chairs["id"]),
        ("resource", 20, need["id"]),
    }
