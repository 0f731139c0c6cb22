"""A provider that does as a test wants, and the database that everything is planned in, without a service."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from linli.chassis.database import create_engine
from linli.chassis.district import Districts
from linli.chassis.sealing import Sealer
from linli.contracts import EventData, new_event
from linli.district import load_district
from linli.district.known import KnownDistrict
from notify.channels.port import AddressError, Letter, Outside, SendError, Taken, Traits
from notify.claiming import Claimed, claim
from notify.composing import Composer
from notify.contact_secrets import ContactSecrets
from notify.gathering import close_windows
from notify.outcomes import Outcome, note
from notify.queries import AnyRow
from notify.settings import NotifySettings
from notify.tables import concerned, contacts, district_entries, outgoing
from notify.telling import Concerned, ReactionContext, tell
from notify.wording import load_words

from . import builders

CONTACT_KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
KEY = sha256(builders.CODE.encode()).hexdigest()
REPORTER = f"reporter:{KEY}"
AREA = "sanchajie/jinpu/lianbang/b3"
NOWHERE: Any = None
POST = "post:sanchajie/jinpu"


@dataclass
class FakeChannel:
    """Takes everything, unless ``answers`` says otherwise, one after another."""

    answers: list[SendError] = field(default_factory=list)
    traits: Traits = field(default_factory=lambda: Traits(most_title=50, most_body=2000))
    sent: list[Letter] = field(default_factory=list)

    def normal(self, address: str) -> str:
        if "@" not in address:
            raise AddressError("it holds no @")
        return address.lower()

    def masked(self, address: str) -> str:
        return address[0] + "…"

    async def send(self, letter: Letter, outside: Outside) -> Taken:  # noqa: ARG002 - it reaches nobody
        self.sent.append(letter)
        if self.answers:
            raise self.answers.pop(0)
        return Taken(f"p-{len(self.sent)}")


@dataclass
class Ground:
    """What is planned, on a database of its own, at a time that a test sets."""

    engine: AsyncEngine
    context: ReactionContext
    composer: Composer
    now: datetime = NOON
    channel: FakeChannel = field(default_factory=FakeChannel)

    async def contact(
        self, owner: str = REPORTER, channel: str = "email", *, language: str = "en", **change: Any
    ) -> UUID:
        which = uuid4()
        row = {
            "id": which,
            "owner": owner,
            "channel": channel,
            "address": self.composer.secrets.encrypt(which, f"{which}@example.org"),
            "fingerprint": which.bytes,
            "language": language,
            "created_at": NOON,
            "code_attempts": 0,
            "verified_at": NOON,
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(contacts).values({**row, **change}))
        return which

    async def issue(self, *, key: str = KEY, **change: Any) -> UUID:
        which = uuid4()
        row = {"issue_id": which, "reporter_key": key, "language": "en", "unit": "sanchajie/jinpu", "area": AREA}
        async with self.engine.begin() as connection:
            await connection.execute(insert(concerned).values({**row, **change}))
        return which

    async def tell(self, data: EventData, issue: UUID, at: datetime | None = None) -> None:
        event = new_event(data, id=uuid7(), sequence=1, time=at or self.now)
        whom = Concerned(KEY, "en", "sanchajie/jinpu")
        async with self.engine.begin() as connection:
            await tell(self.context, connection, event, issue, whom)

    async def received(self, times: int = 1) -> UUID:
        """Tell a reporter so many times that their report has arrived."""
        issue = await self.issue()
        for _ in range(times):
            await self.tell(builders.reported(issue), issue)
        return issue

    async def claim(self, channel: str = "email", room: int = 100) -> list[Claimed]:
        async with self.engine.begin() as connection:
            return await claim(connection, channel, self.channel.traits, room=room, now=self.now)

    async def close_windows(self) -> int:
        async with self.engine.begin() as connection:
            return await close_windows(connection, self.now, uuid7)

    async def send(self, channel: str = "email") -> Sequence[Letter]:
        """Send what is due, as the worker does, and return it."""
        begun = len(self.channel.sent)
        await self.close_windows()
        await self.note([await self.attempt(one, channel) for one in await self.claim(channel)])
        return self.channel.sent[begun:]

    async def attempt(self, claimed: Claimed, channel: str = "email") -> Outcome:
        letter = self.composer.letter(claimed, self.context.words, self.channel.traits, self.now)
        try:
            taken = await self.channel.send(letter, NOWHERE)
        except SendError as error:
            return Outcome(channel, claimed, error)
        return Outcome(channel, claimed, provider_id=taken.provider_id)

    async def note(self, outcomes: Sequence[Outcome]) -> None:
        if outcomes:
            async with self.engine.begin() as connection:
                await note(connection, outcomes, now=self.now, new_id=uuid7)

    async def code(self, channel: str = "email") -> str:
        """Send what is due, and return the code that is in it."""
        *_, letter = await self.send(channel)
        return letter.body.split()[0]

    async def log(self, *, of: UUID | None = None) -> Sequence[AnyRow]:
        query = select(outgoing).order_by(outgoing.c.place)
        async with self.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [row for row in rows if of is None or row.contact_id == of]

    async def states(self) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in await self.log()]

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@asynccontextmanager
async def ground_on(settings: NotifySettings) -> AsyncIterator[Ground]:
    engine = create_engine(settings)
    district = KnownDistrict.of(load_district())
    clock: Callable[[], datetime] = lambda: made.now  # noqa: E731 - it reads what a test sets
    context = ReactionContext(
        words=load_words(district),
        districts=Districts(load_district(), district_entries),
        new_id=uuid7,
        sealer=Sealer(settings.recipient_key),
        now=clock,
        channels=frozenset({"email", "sms"}),
    )
    made = Ground(engine, context, Composer(ContactSecrets(settings.contact_key), "https://notify.example"))
    try:
        yield made
    finally:
        await engine.dispose()


async def rows_of(connection: AsyncConnection, *columns: Any) -> Sequence[Any]:
    return (await connection.execute(select(*columns))).all()
