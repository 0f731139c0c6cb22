"""The texts of messages and how they are told: staff see them tried on examples, change them and go back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from linli.chassis.auth import Caller, Principal, forbidden, require_area
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.district import CurrentDistrict
from linli.chassis.runtime import CurrentRuntime, Now, Runtime
from linli.chassis.text import PlainText
from linli.district.known import KnownDistrict
from notify import reach_queries, usecases
from notify.api.problems import not_found
from notify.channels.port import Traits
from notify.composing import one_line, shortened
from notify.domain.manners import ChannelName, Manner
from notify.domain.preferences import EVERY_CHANNEL, INBOX
from notify.domain.rules import Wording
from notify.drafts import MOST_BODY, MOST_TITLE, check_draft
from notify.manners import above, manners_of
from notify.samples import events_decided, samples_of
from notify.wording import Words

router = APIRouter(prefix="/v1")

Template = Annotated[str, Path(max_length=60, pattern=r"^[a-z0-9-]+$")]
Area = Annotated[str, Query(max_length=200)]
TextLanguage = Literal["zh-Hans", "zh-Hant", "en"]
EDITORS = ("staff", "platform")

INBOX_TRAITS = Traits(most_title=MOST_TITLE, most_body=MOST_BODY)
"""How long messages in the inbox may be, and texts for every channel."""


class TemplateRead(BaseModel):
    """A message: which events tell it to whom, what its texts may ask for, and how it is told here."""

    template: str
    told_by: Mapping[str, list[str]] = Field(description="Roles by event")
    legal: bool
    variables: list[str]
    manner: Manner


class TextWhich(BaseModel):
    """Which text of a message; `*` is the one for every channel that has none of its own."""

    model_config = ConfigDict(extra="forbid")

    language: TextLanguage
    channel: ChannelName | Literal["*"] = EVERY_CHANNEL


class Draft(BaseModel):
    """A text: Jinja2, but without calls, arithmetic and loops within loops."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[PlainText, Field(min_length=1, max_length=300)]
    body: Annotated[PlainText, Field(min_length=1, max_length=4000)]


class TextWrite(Draft, TextWhich):
    """The next version of a text; ``after`` is the one that it was made of, 0 where there was none but the packaged."""

    after: Annotated[int, Field(ge=0, le=2**31 - 2)]


class RollBack(TextWhich):
    """Which version to go back to; 0 is what is packaged."""

    version: Annotated[int, Field(ge=0, le=2**31 - 2)]


class Preview(TextWhich):
    """Which text to try, or a draft of it that is written nowhere."""

    draft: Draft | None = None


class Previewed(BaseModel):
    """What an example of an event is told as; cut as the channel would cut it."""

    event: str
    title: str
    body: str


class VersionRead(BaseModel):
    """A version of a text; one without words went back to what is packaged."""

    model_config = ConfigDict(from_attributes=True)

    language: str
    channel: str
    version: int
    title: str | None
    body: str | None
    made_at: datetime
    made_by: str


class Written(BaseModel):
    """The version that counts from now on."""

    version: int


@router.get("/templates")
async def list_templates(
    caller: Caller, connection: Reading, district: CurrentDistrict, runtime: CurrentRuntime, area: Area | None = None
) -> list[TemplateRead]:
    """Show all messages, and how they are told in an area."""
    require_staff(caller, *EDITORS, "supervisor")
    words = runtime.extra(Words).of(district)
    where = present_area(district, area or district.top.path)
    manners = await manners_of(connection, words.rules, where, words.rules.templates)
    told = {event: words.told(event, above(where)) for event in words.rules.events}
    return [
        TemplateRead(
            template=template,
            told_by={
                event: whom
                for event, roles in told.items()
                if (whom := [role for role, one in roles.items() if one.template == template])
            },
            legal=template in words.rules.legal,
            variables=_variables(words, template),
            manner=manners[template],
        )
        for template in sorted(words.rules.templates)
    ]


@router.get("/templates/{template}/texts")
async def list_texts(
    template: Template, caller: Caller, connection: Reading, runtime: CurrentRuntime
) -> list[VersionRead]:
    """Show what staff have written for a message, the newest versions first, a thousand at most."""
    require_staff(caller, *EDITORS, "supervisor")
    known(runtime, template)
    return [VersionRead.model_validate(row) for row in await reach_queries.texts_of(connection, template)]


@router.post("/templates/{template}/preview")
async def preview_text(
    template: Template, body: Preview, caller: Caller, district: CurrentDistrict, runtime: CurrentRuntime
) -> list[Previewed]:
    """Try a text, or a draft, on an example of each event that tells it."""
    require_staff(caller, *EDITORS, "supervisor")
    words, traits = known(runtime, template).of(district), _traits(runtime, body.channel)
    samples = _samples(words, template)
    text = words.wording(template, body.language, body.channel)
    if body.draft is not None:
        text = Wording(title=body.draft.title, body=body.draft.body)
        _check(words, samples, text, body, traits)
    said = {event: words.say(text, params, body.language) for event, params in samples.items()}
    return [
        Previewed(
            event=event,
            title=shortened(one_line(one.title), traits.most_title),
            body=shortened(one.body, traits.most_body),
        )
        for event, one in said.items()
    ]


@router.put("/templates/{template}/texts")
async def write_text(
    template: Template,
    body: TextWrite,
    request: Request,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    now: Now,
) -> Written:
    """Write the next version of a text; it counts at once, everywhere within two seconds."""
    _require_editor(caller, district)
    words, traits = known(runtime, template).of(district), _traits(runtime, body.channel)
    text = Wording(title=body.title, body=body.body)
    _check(words, _samples(words, template), text, body, traits)
    name = usecases.TextName(template, body.language, body.channel)
    author = usecases.Author(caller.subject, now)
    version = await usecases.write_text(connection, name, text, after=body.after, author=author)
    once_committed(request, lambda: _use(words, name, text))
    return Written(version=version)


@router.post("/templates/{template}/rollback")
async def roll_back_text(
    template: Template,
    body: RollBack,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    now: Now,
) -> Written:
    """Go back to an earlier version of a text; it becomes the next one, and is used within two seconds."""
    _require_editor(caller, district)
    known(runtime, template)
    name = usecases.TextName(template, body.language, body.channel)
    author = usecases.Author(caller.subject, now)
    return Written(version=await usecases.roll_back(connection, name, body.version, author))


def require_staff(caller: Principal, *roles: str) -> None:
    """Refuse a caller who has none of some roles.

    Raises:
        ProblemError: 403.
    """
    if not caller.has_role(*roles):
        raise forbidden("Texts and manners are for staff.")


def _require_editor(caller: Principal, district: KnownDistrict) -> None:
    # Texts are the same everywhere.
    require_staff(caller, *EDITORS)
    require_area(caller, district.top.path)


def known(runtime: Runtime, template: str) -> Words:
    """Return the words, if there is such a message.

    Raises:
        ProblemError: 404, there is none.
    """
    words = runtime.extra(Words)
    if template not in words.rules.templates:
        raise not_found("template")
    return words


def _traits(runtime: Runtime, channel: str) -> Traits:
    if channel in (INBOX, EVERY_CHANNEL):
        return INBOX_TRAITS
    return runtime.extra(usecases.Reach).channel(channel).traits


def present_area(district: KnownDistrict, area: str) -> str:
    """Return an area, if there is or was one.

    Raises:
        ProblemError: 404, there never was.
    """
    if district.named(area) is None:
        raise not_found("area")
    return area


def _variables(words: Words, template: str) -> list[str]:
    samples = _samples(words, template).values()
    return sorted(set.intersection(*(set(words.values(params, "en")) for params in samples)))


def _samples(words: Words, template: str) -> Mapping[str, Mapping[str, Any]]:
    return samples_of(template, words.rules, events_decided(template, words.edits.decisions))


def _check(
    words: Words, samples: Mapping[str, Mapping[str, Any]], text: Wording, which: TextWhich, traits: Traits
) -> None:
    check_draft(text, words, samples, which.language, most_title=traits.most_title, most_body=traits.most_body)


def _use(words: Words, name: usecases.TextName, text: Wording) -> None:
    words.edits.of = {**words.edits.of, (name.template, name.language, name.channel): text}
