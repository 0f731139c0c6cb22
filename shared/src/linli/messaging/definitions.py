"""A topology as RabbitMQ writes it down: what its definitions files hold, and what its management API tells."""

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linli.messaging.amqp_declaring import arguments_of
from linli.messaging.refusal import BusError
from linli.messaging.topology import Binding, Exchange, Topology

Arguments = Mapping[str, Any]


class Definition(BaseModel):
    """What is declared; fields that tell no declaration, such as statistics, are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    vhost: str | None = Field(default=None, exclude=True)
    arguments: Arguments = {}

    @property
    def told(self) -> str:
        """Everything that is declared, as text: equal when nothing differs."""
        return json.dumps(self.model_dump(), sort_keys=True)


class QueueDefinition(Definition):
    """A queue."""

    name: str = Field(min_length=1, max_length=255)
    durable: bool = True
    auto_delete: bool = False


class ExchangeDefinition(Definition):
    """An exchange."""

    name: str = Field(min_length=1, max_length=255)
    type: str = "direct"
    durable: bool = True
    auto_delete: bool = False
    internal: bool = False


class BindingDefinition(Definition):
    """A binding from an exchange to a queue or another exchange."""

    source: str = Field(min_length=1)
    destination: str = Field(min_length=1)
    destination_type: Literal["queue", "exchange"] = "queue"
    routing_key: str = Field(default="", max_length=255)

    def __str__(self) -> str:
        """Return ``source -> destination (routing key)``."""
        return f"{self.source} -> {self.destination}" + (f" ({self.routing_key})" if self.routing_key else "")


class Definitions(BaseModel):
    """The exchanges, queues and bindings of one virtual host."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    exchanges: tuple[ExchangeDefinition, ...]
    queues: tuple[QueueDefinition, ...]
    bindings: tuple[BindingDefinition, ...]


One = TypeVar("One", bound=Definition)


def definitions_of(topology: Topology) -> Definitions:
    """Return a topology as it is declared."""
    return Definitions(
        exchanges=tuple(_exchange(one) for one in topology.exchanges),
        queues=tuple(QueueDefinition(name=one.name, arguments=arguments_of(one)) for one in topology.queues),
        bindings=tuple(_binding(one) for one in topology.bindings),
    )


def encode_definitions(definitions: Definitions, *, vhost: str) -> str:
    """Return the text of a definitions file for ``vhost``; RabbitMQ imports it there, or into any one by its API."""
    parts = {
        section: [{"vhost": vhost, **one.model_dump()} for one in getattr(definitions, section)]
        for section in Definitions.model_fields
    }
    return json.dumps(parts, indent=2) + "\n"


def decode_definitions(text: bytes, *, vhost: str) -> Definitions:
    """Return what a definitions file declares.

    A file that tells of several virtual hosts, such as the export of a whole broker, is read for ``vhost`` alone.

    Raises:
        BusError: not JSON, or no definitions.
    """
    try:
        read = Definitions.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        where = ".".join(map(str, faults[0]["loc"]))
        raise BusError(f"no definitions: {where + ': ' if where else ''}{faults[0]['msg']}") from None
    named = {one.vhost for one in (*read.exchanges, *read.queues, *read.bindings)}
    if len(named) <= 1:
        return read
    return Definitions(
        exchanges=_within(read.exchanges, vhost),
        queues=_within(read.queues, vhost),
        bindings=_within(read.bindings, vhost),
    )


def _within(all_of: tuple[One, ...], vhost: str) -> tuple[One, ...]:
    return tuple(one for one in all_of if one.vhost == vhost)


def _exchange(one: Exchange) -> ExchangeDefinition:
    arguments = {"alternate-exchange": one.alternate} if one.alternate else {}
    return ExchangeDefinition(name=one.name, type=one.kind, arguments=arguments)


def _binding(one: Binding) -> BindingDefinition:
    kind: Literal["queue", "exchange"] = "exchange" if one.to_exchange else "queue"
    return BindingDefinition(source=one.source, destination=one.target, destination_type=kind, routing_key=one.pattern)
