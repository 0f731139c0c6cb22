"""Telling: the messages that an event leaves in the inboxes of those whom the rules name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.district import Districts
from linli.chassis.sealing import Sealer
from linli.contracts import Event, EventData
from notify.domain.planning import Reason
from notify.domain.preferences import INBOX, wants
from notify.domain.rules import Role, named, officials, person, reporter
from notify.edits import read_first
from notify.manners import above
from notify.outgoing import Matter, Told, plan_outside
from notify.queries import preferences_of
from notify.tables import concerned, messages, untold
from notify.wording import Words

UNTOLD = {"description", "reporter_key", "location", "reported_at", "made_at", "source", "into", "other"} | {
    *(f"{thing}_id" for thing in ("issue", "case", "need", "task", "meeting", "wish", "claim", "activity", "shift")),
    *(f"{thing}_id" for thing in ("assignment", "post", "nomination", "line")),
    *("submitter", "holder", "holders", "volunteer"),
}
"""What a message keeps nothing of: it names the matter and the place, and repeats no report."""


class UnknownIssueError(Exception):
    """An event came before the report that it belongs to; it is tried again."""


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """The rules and texts, the district, the channels outside of the app, the clock, where ids come from, and more.

    ``sealer`` opens whom an event names.
    """

    words: Words
    districts: Districts
    new_id: Callable[[], UUID]
    sealer: Sealer
    now: Callable[[], datetime]
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an issue concerns."""

    reporter_key: str
    language: str
    unit: str | None = None
    handler: str | None = None


NOBODY = Concerned("", "")
"""For what is told to posts alone."""


def whom_of(row: Row[str, str, str | None, str | None] | None, issue_id: UUID) -> Concerned:
    """Return whom an issue concerns.

    Raises:
        UnknownIssueError: it is not known here yet.
    """
    if row is None:
        raise UnknownIssueError(f"issue {issue_id} is not known here yet")
    return Concerned(*row)


async def tell(
    context: ReactionContext, connection: AsyncConnection, event: Event[Any], issue_id: UUID | None, whom: Concerned
) -> None:
    """Leave a message in the inbox of everybody whom the rules name, unless they want none: then note why not.

    Without an issue the event is about something of its own, which preferences and notes go by. To those who have given
    addresses outside of the app it is planned when they are told there.
    """
    about = issue_id or UUID(event.partitionkey)
    params = event.data.model_dump(mode="json", exclude=UNTOLD)
    await read_first(connection, context.words.edits)
    told = [
        (recipient, one.template, language)
        for role, one in context.words.told(event.type, above(event.data.area)).items()
        if one.template is not None
        for recipient, language in await _recipients(context, connection, role, event.data, about, whom)
    ]
    wishes = await preferences_of(connection, {recipient for recipient, _, _ in told})
    left: dict[str, Any] = {}
    muted: dict[str, Any] = {}
    for recipient, template, language in told:
        common = {"recipient": recipient, "event_id": event.id, "issue_id": issue_id, "template": template}
        wanted = wants(
            wishes.get(recipient, ()),
            issue=about,
            area=event.data.area,
            event=event.type,
            channel=INBOX,
            legal=template in context.words.rules.legal,
        )
        if wanted:
            message = {"id": context.new_id(), "params": params, "language": language, "told_at": event.time}
            left.setdefault(recipient, {**common, **message})
        else:
            why = {"channel": INBOX, "area": event.data.area, "reason": Reason.OPTED_OUT, "at": event.time}
            why["issue_id"] = about
            muted.setdefault(recipient, {**common, **why})
    if left:
        await connection.execute(_LEAVE, list(left.values()))
    # Whoever has two roles is told for one of them.
    if unheard := [why for recipient, why in muted.items() if recipient not in left]:
        await connection.execute(_NOTE, unheard)
    if context.channels and told:
        await plan_outside(
            connection,
            Matter(
                event_id=event.id,
                event=event.type,
                area=event.data.area,
                params=params,
                at=event.time,
                now=context.now(),
                new_id=context.new_id,
                issue_id=issue_id,
                about=about,
            ),
            [Told(whom, template, left.get(whom, {}).get("id")) for whom, template, _ in told],
            rules=context.words.rules,
            district=await context.districts.current(connection),
            channels=context.channels,
            wishes=wishes,
        )


async def _recipients(
    context: ReactionContext,
    connection: AsyncConnection,
    role: Role,
    data: EventData,
    issue_id: UUID,
    whom: Concerned,
) -> list[tuple[str, str]]:
    """Return the address and the language of everybody who has a role."""
    if role is Role.REPORTER:
        return [(reporter(whom.reporter_key).address, whom.language)]
    if sealed := named(role, data):
        people = [person(context.sealer.open(issue_id, one)) for one in sealed]
        return [(one.address, context.words.language_of(one)) for one in people]
    if role is Role.MERGED:
        return [(reporter(key).address, language) for key, language in await _merged(connection, issue_id)]
    district = await context.districts.current(connection)
    words = context.words.of(district)
    told = officials(role, data, district, unit=whom.unit, handler=whom.handler)
    return [(one.address, words.language_of(one)) for one in told]


async def _merged(connection: AsyncConnection, issue_id: UUID) -> Sequence[Row[str, str]]:
    """Return the reporters of all issues that were merged into one, also by way of another."""
    theirs = select(concerned.c.issue_id).where(concerned.c.merged_into == issue_id).cte(recursive=True)
    # UNION leaves out what was found before: a circle ends.
    theirs = theirs.union(select(concerned.c.issue_id).join(theirs, concerned.c.merged_into == theirs.c.issue_id))
    others = select(concerned.c.reporter_key, concerned.c.language).where(
        concerned.c.issue_id.in_(select(theirs.c.issue_id)), concerned.c.issue_id != issue_id
    )
    return (await connection.execute(others)).all()


WHOM = (concerned.c.reporter_key, concerned.c.language, concerned.c.unit, concerned.c.handler)
_LEAVE = insert(messages).on_conflict_do_nothing()
_NOTE = insert(untold).on_conflict_do_nothing()
