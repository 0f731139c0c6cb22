"""What readers want to hear of, and what became of everything that they were to be told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from linli.chassis.auth import Caller, require_area
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.runtime import CurrentRuntime
from linli.district.known import KnownDistrict
from notify import queries, usecases
from notify.api.problems import not_found
from notify.api.routes import Code, reporters, whose
from notify.domain.frequencies import Frequency
from notify.domain.manners import ChannelName
from notify.domain.planning import Reason
from notify.domain.preferences import EVERY_CHANNEL, EVERY_EVENT, INBOX, About, Preference, PreferenceError
from notify.domain.rules import Recipient, person
from notify.queries import AnyRow
from notify.wording import Words

router = APIRouter(prefix="/v1")

MOST_TOLD = 500
"""How much is shown of what was to be told, the newest."""

LOOKING_ON = ("staff", "supervisor", "platform")


class Wish(BaseModel):
    """To hear or not to hear. The narrowest wish decides: an issue, then an area, then a named event."""

    model_config = ConfigDict(extra="forbid")

    issue_id: UUID | None = Field(None, description="Of this issue alone")
    area: Annotated[str, Field(max_length=200)] | None = Field(None, description="Of a unit and all below it")
    event: Annotated[str, Field(max_length=100, examples=["linli.case.routed.v1"])] = EVERY_EVENT
    channel: Annotated[
        ChannelName | Literal["*"],
        Field(description="`inbox`, a channel of the deployment, or `*` for each"),
    ] = INBOX
    muted: bool
    frequency: Frequency = Field(Frequency.IMMEDIATE, description="Outside of the inbox: at once, or gathered")

    @model_validator(mode="after")
    def _about_one(self) -> Self:
        if self.issue_id is not None and self.area is not None:
            raise ValueError("give issue_id or area, and not both")
        return self

    @property
    def meant(self) -> Preference:
        """The same as a preference."""
        return Preference(About(self.issue_id, self.area), self.event, self.channel, self.muted, self.frequency)


class Preferences(BaseModel):
    """All that somebody wishes, in place of what they wished before."""

    model_config = ConfigDict(extra="forbid")

    preferences: Annotated[list[Wish], Field(max_length=200)]


class StaffPreferences(Preferences):
    """The wishes for an inbox of the caller: without one for what they are told in person."""

    inbox: Annotated[str, Field(max_length=300, examples=["post:sanchajie/jinpu"])] | None = None


class PreferencesRead(BaseModel):
    """What is wished for an inbox; for a reporter's it is called `reporter`."""

    inbox: str
    preferences: list[Wish]


class ToldRead(BaseModel):
    """One message that somebody was to have, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID | None
    issue_id: UUID | None
    recipient: str = Field(description="An inbox; reporters are all called `reporter`")
    template: str
    channel: str
    state: Literal["told", "read", "archived", "untold", "waiting", "sent", "delivered", "failed", "cancelled"]
    reason: Reason | None = Field(description="Why it was not told, or not at once")
    detail: str | None = Field(description="What the provider of the channel said last, if it did not take it")
    at: datetime
    expected_at: datetime | None = Field(description="When what waits is sent at the earliest")
    message_id: UUID | None


@router.get("/inbox/preferences")
async def read_preferences(caller: Caller, connection: Reading, district: CurrentDistrict) -> list[PreferencesRead]:
    """Show what the caller wishes to hear of, in person and in the posts that they hold now."""
    inboxes = _inboxes(whose(caller, district))
    wished = await queries.preferences_of(connection, inboxes)
    return [_shown(inbox, wished.get(inbox, ())) for inbox in inboxes]


@router.put("/inbox/preferences")
async def set_preferences(
    body: StaffPreferences,
    caller: Caller,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
) -> PreferencesRead:
    """Say what the caller, or whoever holds one of their posts, wishes to hear of."""
    inbox = body.inbox or person(caller.subject).address
    if inbox not in _inboxes(whose(caller, district)):
        raise not_found("inbox")
    wishes = _wishes(body, district, runtime.extra(usecases.Reach))
    words = runtime.extra(Words)
    await usecases.prefer(connection, Recipient(inbox), wishes, words.rules, words.edits.decisions)
    return _shown(inbox, dict.fromkeys(wishes))


@router.get("/inbox/track/{tracking_code}/preferences")
async def read_reporters_preferences(tracking_code: Code, connection: Reading) -> PreferencesRead:
    """Show what a reporter wishes to hear of."""
    [address] = await reporters(connection, tracking_code)
    return _shown(address, (await queries.preferences_of(connection, [address])).get(address, ()))


@router.put("/inbox/track/{tracking_code}/preferences")
async def set_reporters_preferences(
    tracking_code: Code,
    body: Preferences,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
) -> PreferencesRead:
    """Say what a reporter wishes to hear of."""
    [address] = await reporters(connection, tracking_code)
    wishes = _wishes(body, district, runtime.extra(usecases.Reach))
    words = runtime.extra(Words)
    await usecases.prefer(connection, Recipient(address), wishes, words.rules, words.edits.decisions)
    return _shown(address, dict.fromkeys(wishes))


@router.get("/issues/{issue_id}/told")
async def list_told(issue_id: UUID, caller: Caller, connection: Reading, district: CurrentDistrict) -> list[ToldRead]:
    """Say who was to be told what of an issue and what became of it; all but staff see what was for themselves."""
    looking_on = caller.has_role(*LOOKING_ON)
    rows = await queries.told_of(
        connection, issue_id=issue_id, whose=None if looking_on else whose(caller, district), limit=MOST_TOLD
    )
    if rows and looking_on and not caller.has_role("platform"):
        require_area(caller, rows[0].area)
    return [_told(row) for row in rows]


@router.get("/inbox/track/{tracking_code}/told")
async def list_told_reporter(tracking_code: Code, connection: Reading) -> list[ToldRead]:
    """Say what a reporter was to be told, and what became of it."""
    theirs = await reporters(connection, tracking_code)
    return [_told(row) for row in await queries.told_of(connection, issue_id=None, whose=theirs, limit=MOST_TOLD)]


def _inboxes(addresses: list[str]) -> list[str]:
    # A department speaks with one voice; none of those who speak for it mutes what the others hear.
    return [one for one in addresses if not one.startswith("department:")]


def _wishes(body: Preferences, district: KnownDistrict, reach: usecases.Reach) -> list[Preference]:
    channels = {EVERY_CHANNEL, INBOX, *reach.channels}
    for number, one in enumerate(body.preferences):
        if one.channel not in channels:
            raise PreferenceError(number, "there is no such channel")
        if one.area is not None and district.named(one.area) is None:
            raise PreferenceError(number, "there is no such area")
    return [one.meant for one in body.preferences]


def _shown(address: str, wishes: Iterable[Preference]) -> PreferencesRead:
    shown = [
        Wish(
            issue_id=one.about.issue,
            area=one.about.area,
            event=one.event,
            channel=one.channel,
            muted=one.muted,
            frequency=one.frequency,
        )
        for one in wishes
    ]
    return PreferencesRead(inbox=_called(address), preferences=shown)


def _told(row: AnyRow) -> ToldRead:
    return ToldRead.model_validate(row).model_copy(update={"recipient": _called(row.recipient)})


def _called(address: str) -> str:
    # A reporter's key is nobody's business, nor is which reports are by the same one.
    kind, _, _ = address.partition(":")
    return kind if kind == "reporter" else address
