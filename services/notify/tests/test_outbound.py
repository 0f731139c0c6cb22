"""The worker sends what is due and notes what came of it, also when something is in its way."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from linli.testing.rabbitmq import NO_AUTHORITIES
from linli.testing.waiting import eventually
from notify.channels.port import Channel, Letter, Outside, SendError, Taken
from notify.domain.planning import Reason
from notify.outbound import Outbound, OutgoingMetrics
from notify.outcomes import Outcome, note
from notify.posting import Destinations
from notify.settings import NotifySettings
from notify.tables import outgoing

from .outside import FakeChannel, Ground, ground_on


@pytest.fixture
async def ground(settings: NotifySettings) -> AsyncIterator[Ground]:
    async with ground_on(settings) as made:
        yield made


@asynccontextmanager
async def sending(ground: Ground, channel: Channel) -> AsyncIterator[None]:
    worker = Outbound(
        engine=ground.engine,
        channels={"email": channel},
        words=ground.context.words,
        districts=ground.context.districts,
        composer=ground.composer,
        destinations=Destinations((), NO_AUTHORITIES),
        metrics=OutgoingMetrics(CollectorRegistry()),
        now=lambda: ground.now,
        new_id=uuid7,
    )
    await worker.start()
    yield
    await worker.stop()


async def all_are(ground: Ground, state: str, count: int) -> None:
    async def met() -> bool:
        return [found for found, _ in await ground.states()] == [state] * count

    await eventually(met, f"{count} messages to be {state}", seconds=30)


async def test_what_cannot_be_noted_at_once_is_noted_later_and_not_sent_again(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([ConnectionError("the database went away")] * 2)

    async def noting(connection: AsyncConnection, outcomes: Sequence[Outcome], **more: Any) -> None:
        for failure in failures:
            raise failure
        await note(connection, outcomes, **more)

    monkeypatch.setattr("notify.outbound.note", noting)
    await ground.contact()
    await ground.received(3)
    async with sending(ground, ground.channel):
        await all_are(ground, "sent", 3)
    assert len({one.id for one in ground.channel.sent}) == len(ground.channel.sent) == 3
    assert next(failures, None) is None


class Garbling(FakeChannel):
    """Calls messages, and what is wrong with every other one, what no database stores."""

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        await super().send(letter, outside)
        if len(self.sent) % 2:
            return Taken("p\x00\ud800" + "x" * 1000)
        raise SendError("no\x00", permanent=True)


async def test_whatever_a_provider_says_is_noted_and_keeps_no_other_from_it(ground: Ground) -> None:
    await ground.contact()
    await ground.received(2)
    channel = Garbling()
    async with sending(ground, channel):

        async def settled() -> bool:
            return sorted(state for state, _ in await ground.states()) == ["failed", "sent"]

        await eventually(settled, "both to be noted", seconds=30)
    rows = {row.state: row for row in await ground.log()}
    assert (rows["sent"].provider_id[:4], len(rows["sent"].provider_id)) == ("p??x", 200)
    assert rows["failed"].detail == "no?"
    assert len(channel.sent) == 2


async def test_what_cannot_be_put_into_words_is_given_up_and_sent_to_nobody(ground: Ground) -> None:
    await ground.contact()
    await ground.received()
    async with ground.engine.begin() as connection:
        await connection.execute(update(outgoing).values(params={"area": "sanchajie/jinpu"}))
    async with sending(ground, ground.channel):
        await all_are(ground, "failed", 1)
    assert await ground.states() == [("failed", Reason.UNRENDERABLE)]
    assert ground.channel.sent == []
