"""What leaves the app: planned in one transaction, sent once, late rather than never, and always with a reason."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from uuid_utils.compat import uuid7

from linli.contracts import CaseAccepted, CaseWarned, Stage
from linli.district import load_district
from notify.channels.port import SendError, Traits
from notify.claiming import with_something_due
from notify.domain.frequencies import AT_ONCE
from notify.domain.limits import Limit
from notify.outcomes import Outcome
from notify.settings import NotifySettings
from notify.tables import contacts, manners, messages, outgoing, preferences, quiet_hours

from . import builders
from .outside import NIGHT, POST, REPORTER, FakeChannel, Ground, ground_on


@pytest.fixture
async def ground(settings: NotifySettings) -> AsyncIterator[Ground]:
    async with ground_on(settings) as made:
        yield made


async def prefer(ground: Ground, frequency: str, owner: str = REPORTER, **said: Any) -> None:
    wish = {"recipient": owner, "event": "*", "channel": "email", "muted": False, "frequency": frequency}
    async with ground.engine.begin() as connection:
        await connection.execute(insert(preferences).values({**wish, **said}))


async def test_what_is_due_is_sent_once_with_its_thread_and_its_way_out(ground: Ground) -> None:
    contact = await ground.contact()
    issue = await ground.received()
    [letter] = await ground.send()
    assert (letter.title, letter.address) == ("We have your report", f"{contact}@example.org")
    assert letter.thread == f"issue-{issue}"
    assert letter.unsubscribe_url is not None
    token = letter.unsubscribe_url.removeprefix("https://notify.example/v1/unsubscribe/")
    assert ground.composer.secrets.contact_of(token) == contact
    assert "example.org" not in repr(letter)
    assert await ground.send() == []
    [row] = await ground.log()
    assert (row.state, row.attempts, row.provider_id) == ("sent", 1, "p-1")


async def test_nobody_without_an_address_that_they_proved_is_sent_anything(ground: Ground) -> None:
    await ground.contact(verified_at=None)
    await ground.received()
    assert await ground.states() == []


async def test_what_happened_long_ago_is_told_in_the_inbox_alone(ground: Ground) -> None:
    await ground.contact()
    issue = await ground.issue()
    await ground.tell(builders.reported(issue), issue, at=ground.now - timedelta(days=3))
    assert await ground.states() == []


async def test_in_quiet_hours_it_waits_for_the_morning_and_what_is_urgent_does_not(ground: Ground) -> None:
    ground.now = NIGHT
    await ground.contact()
    async with ground.engine.begin() as connection:
        urgent = {"area": "sanchajie", "template": "case-accepted", "manner": {"urgent": True}}
        await connection.execute(insert(manners).values(**urgent, changed_at=NIGHT, changed_by="x"))
    issue = await ground.received()
    accepted = CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER)
    await ground.tell(accepted, issue)
    assert [letter.template for letter in await ground.send()] == ["case-accepted"]
    assert await ground.states() == [("waiting", "quiet-hours"), ("sent", None)]
    ground.later(hours=7)
    assert [letter.template for letter in await ground.send()] == ["issue-received"]


async def test_the_recipients_own_hours_and_zone_count(ground: Ground) -> None:
    await ground.contact()
    async with ground.engine.begin() as connection:
        hours = {"owner": REPORTER, "begins": time(3, 30), "ends": time(5), "zone": "Europe/London"}
        await connection.execute(insert(quiet_hours).values(hours))
    await ground.received()
    [row] = await ground.log()
    assert (row.reason, row.not_before - ground.now) == ("quiet-hours", timedelta(hours=1))


async def test_two_workers_share_what_is_due_and_send_nothing_twice(ground: Ground) -> None:
    await asyncio.gather(*(ground.contact() for _ in range(4)))
    for _ in range(5):
        await ground.received()
    async with ground.engine.connect() as connection:
        assert await with_something_due(connection, ["sms", "email"], ground.now) == ["email"]
    claims = await asyncio.gather(*(ground.claim(room=8) for _ in range(4)))
    taken = [one.row.id for some in claims for one in some]
    assert len(taken) == len(set(taken)) == 20
    assert await ground.claim() == []


async def test_what_a_worker_took_with_it_is_sent_by_another_and_noted_once(ground: Ground) -> None:
    await ground.contact()
    await ground.received()
    [lost] = await ground.claim()
    ground.later(minutes=2)
    [letter] = await ground.send()
    assert letter.id == lost.row.id
    await ground.note([Outcome("email", lost, SendError("late", permanent=True))])
    assert await ground.states() == [("sent", None)]


async def test_what_failed_is_tried_again_and_in_the_end_given_up(ground: Ground) -> None:
    await ground.contact()
    await ground.received()
    ground.channel.answers = [SendError(f"error {number}") for number in range(7)]
    waits = []
    for _ in range(7):
        assert len(await ground.send()) == 1
        [row] = await ground.log()
        waits.append(row.next_attempt_at and row.next_attempt_at - ground.now)
        assert (row.reason, row.detail) == ("provider-error", f"error {row.attempts - 1}")
        ground.now = row.next_attempt_at or ground.now
    assert waits[:-1] == sorted(waits[:-1])
    assert (row.state, waits[-1], row.next_attempt_at) == ("failed", None, None)


async def test_where_nothing_arrives_the_address_is_suspended_and_staff_are_told(ground: Ground) -> None:
    contact = await ground.contact()
    await ground.received(3)
    ground.channel.answers = [SendError("no such mailbox", bad_address=True)]
    [one] = await ground.claim(room=1)
    await ground.note([await ground.attempt(one)])
    await ground.note([await ground.attempt(one)])
    assert await ground.send() == []
    assert await ground.states() == [("failed", "bad-address"), *[("skipped", "bad-address")] * 2]
    await ground.received()
    assert (await ground.states())[-1] == ("skipped", "bad-address")
    async with ground.engine.connect() as connection:
        told = (await connection.execute(select(messages.c.recipient, messages.c.template))).all()
        row = (await connection.execute(select(contacts).where(contacts.c.id == contact))).one()
    notices = [tuple(each) for each in told if each.template != "issue-received"]
    assert sorted(notices) == [(POST, "reader-unreachable"), (REPORTER, "address-suspended")]
    assert row.suspended_reason == "no such mailbox"


async def test_a_storm_is_five_messages_and_one_more(ground: Ground) -> None:
    await ground.contact(POST)
    for _ in range(40):
        issue = await ground.issue()
        await ground.tell(builders.routed(issue), issue)
    assert len(await ground.send()) == AT_ONCE
    ground.later(minutes=10)
    [together] = await ground.send()
    assert together.title == "35 messages"
    shown = together.body.count("A case is yours")
    assert together.body.endswith(f"… and {35 - shown} more in your inbox.")
    assert len(together.body) <= 2000
    assert await ground.send() == []


async def test_digests_gather_until_their_window_ends_and_what_comes_then_waits_for_the_next(ground: Ground) -> None:
    await ground.contact()
    await prefer(ground, "hourly", event="linli.case.accepted.v1")
    issue = await ground.issue()
    accepted = CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER)
    for _ in range(2):
        await ground.tell(accepted, issue)
    assert await ground.send() == []
    ground.later(hours=1)
    await ground.tell(accepted, issue)
    assert [letter.title for letter in await ground.send()] == ["2 messages"]
    ground.later(hours=1)
    # One alone is told as it is.
    assert [letter.title for letter in await ground.send()] == ["Taken on"]
    states = [state for state, _ in await ground.states()]
    assert sorted(states) == ["merged"] * 3 + ["sent"] * 2


async def test_two_who_close_a_window_at_once_make_one_digest(ground: Ground) -> None:
    await ground.contact()
    await prefer(ground, "daily")
    issue = await ground.issue()
    for _ in range(3):
        await ground.tell(CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER), issue)
    ground.later(days=1)
    assert sorted(await asyncio.gather(*(ground.close_windows() for _ in range(4)))) == [0, 0, 0, 1]
    assert [letter.title for letter in await ground.send()] == ["3 messages"]


async def test_what_is_committed_after_its_window_was_closed_is_told_by_itself(ground: Ground) -> None:
    contact = await ground.contact()
    await prefer(ground, "hourly")
    issue = await ground.issue()
    accepted = CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER)
    await ground.tell(accepted, issue)
    [first] = await ground.log()
    ground.later(hours=1)
    assert len(await ground.send()) == 1
    async with ground.engine.begin() as connection:  # as one that began before the window ended
        late = {**first._mapping, "id": uuid7(), "event_id": uuid7()}
        del late["place"]
        await connection.execute(insert(outgoing).values(late))
    ground.later(seconds=1)
    assert len(await ground.send()) == 0
    assert len(await ground.send()) == 1
    digests = [row for row in await ground.log(of=contact) if row.template == "several-messages"]
    assert len({row.window_ends for row in digests}) == 2


async def test_a_digest_that_is_tried_again_takes_nothing_more_in(ground: Ground) -> None:
    await ground.contact()
    await prefer(ground, "hourly")
    issue = await ground.issue()
    accepted = CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER)
    for _ in range(2):
        await ground.tell(accepted, issue)
    ground.later(hours=1)
    ground.channel.answers = [SendError("busy")]
    assert [letter.title for letter in await ground.send()] == ["2 messages"]
    await ground.tell(accepted, issue)
    ground.later(minutes=1)
    again = await ground.send()
    assert [letter.title for letter in again] == ["2 messages"]
    assert {letter.id for letter in again} == {ground.channel.sent[0].id}
    ground.later(hours=1)
    assert [letter.title for letter in await ground.send()] == ["Taken on"]


async def test_different_windows_are_different_digests(ground: Ground) -> None:
    await ground.contact()
    await ground.contact()
    await prefer(ground, "hourly")
    await prefer(ground, "daily", event="linli.case.accepted.v1")
    issue = await ground.issue()
    warned = builders.routed(issue)
    accepted = CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER)
    for data in (warned, warned, accepted, accepted):
        await ground.tell(data, issue)
    ground.later(days=1)
    assert [letter.title for letter in await ground.send()] == ["2 messages"] * 4


async def test_over_a_limit_it_comes_later_and_nothing_is_dropped(ground: Ground) -> None:
    ground.channel = FakeChannel(traits=Traits(50, 2000, each=(Limit(2, timedelta(minutes=1)),)))
    await ground.contact()
    await ground.received(5)
    assert len(await ground.send()) == 2
    assert (await ground.states())[2:] == [("waiting", "throttled")] * 3
    sent = 2
    for _ in range(3):
        ground.later(seconds=30)
        sent += len(await ground.send())
    assert sent == 5


async def test_who_is_muted_on_a_channel_is_still_sent_legal_notices(ground: Ground) -> None:
    await ground.contact()
    await prefer(ground, "immediate", channel="*", muted=True)
    issue = await ground.received()
    await ground.tell(CaseAccepted(**builders.WHERE, case_id=issue, handler=builders.HANDLER), issue)
    assert await ground.states() == [("waiting", None), ("skipped", "opted-out")]


@pytest.mark.parametrize("read", [True, False])
async def test_what_is_not_read_in_two_hours_is_told_by_text_message(ground: Ground, read: bool) -> None:  # noqa: FBT001
    await ground.contact("post:sanchajie", "sms")
    issue = await ground.issue()
    warned = CaseWarned(
        **builders.WHERE,
        case_id=issue,
        stage=Stage.ACCEPT,
        percent=100,
        due_at=builders.DUE,
        handler=builders.HANDLER,
        unit="sanchajie/jinpu/lianbang",
        above="sanchajie",
    )
    await ground.tell(warned, issue)
    assert [row.reason for row in await ground.log() if row.template == "time-is-up"] == ["if-unread"]
    assert await ground.send("sms") == []
    ground.later(hours=2)
    if read:
        async with ground.engine.begin() as connection:
            await connection.execute(update(messages).values(read_at=ground.now))
    assert len(await ground.send("sms")) == (0 if read else 1)
    [row] = [row for row in await ground.log() if row.template == "time-is-up"]
    assert (row.state, row.reason) == (("skipped", "read-meanwhile") if read else ("sent", None))


async def test_of_a_post_whoever_is_on_duty_is_reached(ground: Ground) -> None:
    unit = load_district().units["sanchajie/jinpu"]
    person = await ground.contact(f"person:{unit.persons[0].id}")
    issue = await ground.issue()
    await ground.tell(builders.routed(issue), issue)
    [row] = await ground.log(of=person)
    assert (row.recipient, row.state) == (POST, "waiting")


async def test_an_address_that_is_forgotten_is_sent_nothing_that_waits(ground: Ground) -> None:
    contact = await ground.contact()
    await ground.received()
    async with ground.engine.begin() as connection:
        await connection.execute(contacts.delete().where(contacts.c.id == contact))
    assert await ground.send() == []
    assert await ground.states() == [("skipped", "erased")]
