"""How somebody is told outside of the app: how urgently, on which channels, and where next if they do not read it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]


class Escalation(BaseModel):
    """Whoever has not read a message in the inbox after some minutes is told on another channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_min: Annotated[int, Field(ge=1, le=7 * 24 * 60)]
    channel: ChannelName


class Manner(BaseModel):
    """How a message is told to those who have given an address.

    What is ``urgent`` is told in quiet hours too. ``channels`` are those that somebody is told on who has not said
    otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    urgent: bool = False
    channels: Annotated[tuple[ChannelName, ...], Field(max_length=20)] = (
        "email",
        "wecom",
        "dingtalk",
        "feishu",
        "webhook",
        "web-push",
    )
    escalate: Escalation | None = None


USUAL = Manner()
"""That of templates which the rules say nothing else of. Text messages cost money, so somebody has to want them."""
