"""What providers tell later of messages that they took: signed, as Standard Webhooks says."""

import json
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linli.chassis.database import Transaction
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime
from notify import usecases
from notify.api.problems import not_found
from notify.domain.manners import ChannelName
from notify.webhook_secrets import is_signed

router = APIRouter(prefix="/v1/channels")


class Fate(BaseModel):
    """What became of one message: by our id, or by the one that the provider gave it."""

    model_config = ConfigDict(extra="ignore")

    id: UUID | None = None
    provider_id: Annotated[str, Field(max_length=200)] | None = None
    state: Literal["delivered", "failed", "bad-address"]
    detail: Annotated[str, Field(max_length=200)] = ""


class Fates(BaseModel):
    """What became of some messages."""

    model_config = ConfigDict(extra="ignore")

    messages: Annotated[list[Fate], Field(max_length=500)]


class Noted(BaseModel):
    """How many of them were known here."""

    noted: int


@router.post(
    "/{channel}/callback",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": Fates.model_json_schema()}}}
    },
)
async def take_callback(
    channel: Annotated[ChannelName, Path()], request: Request, connection: Transaction, runtime: CurrentRuntime
) -> Noted:
    """Note what became of messages; ``webhook-signature`` proves who tells it. What is told twice is noted once."""
    known = runtime.extra(usecases.Reach).channels.get(channel)
    if known is None or known.traits.callback_secret is None:
        raise not_found("channel that is called back")
    body = await request.body()
    if not is_signed(request.headers, body, known.traits.callback_secret, runtime.now()):
        raise ProblemError(401, "not-signed", "The signature does not fit")
    try:
        fates = Fates.model_validate(json.loads(body))
    except (ValueError, ValidationError):
        raise ProblemError(422, "invalid-request", "The request is not valid") from None
    moment = usecases.Moment(runtime.now(), runtime.new_id)
    told = [(each.id, each.provider_id, each.state, each.detail) for each in fates.messages]
    return Noted(noted=await usecases.note_fates(connection, channel, told, moment))
