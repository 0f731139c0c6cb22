"""The AsyncAPI document says what is published, where, and by whom."""

import json
import re

import pytest

from linli.contracts import CATALOGUE, EventType, decode_event
from linli.contracts.asyncapi import asyncapi_document
from linli.contracts.examples import example_of
from linli.messaging.topology import CORE, EVENTS

DOCUMENT = asyncapi_document()
KINDS = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
WORDS = {"major": r"[^.]+", "minor": r"[^.]+", "area": r".+", "department": r"[^.]+"}


def pattern(address: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", lambda found: f"(?P<{found[1]}>{WORDS[found[1]]})", re.escape(address))


def channels_of(kind: EventType) -> dict[str, str]:
    return {
        name: channel["address"] for name, channel in DOCUMENT["channels"].items() if kind.name in channel["messages"]
    }


@KINDS
def test_every_key_that_an_event_is_published_under_is_a_channel(kind: EventType) -> None:
    event = example_of(kind)
    keys = {event.routing_key, *event.addressed_keys}
    addresses = channels_of(kind).values()
    assert all(any(re.fullmatch(pattern(address), key) for address in addresses) for key in keys)
    assert len(addresses) == (2 if event.addressed_keys else 1)


@KINDS
def test_the_parameters_of_a_channel_are_those_of_its_address(kind: EventType) -> None:
    for name, address in channels_of(kind).items():
        assert set(DOCUMENT["channels"][name]["parameters"]) == set(re.findall(r"\{(\w+)\}", address))


def test_every_channel_is_on_the_exchange_that_the_suite_declares() -> None:
    [declared] = [one for one in CORE.exchanges if one.name == EVENTS]
    for channel in DOCUMENT["channels"].values():
        exchange = channel["bindings"]["amqp"]["exchange"]
        assert (exchange["name"], exchange["type"], exchange["durable"]) == (declared.name, declared.kind, True)


@KINDS
def test_an_event_is_sent_by_its_producer_and_received_by_departments(kind: EventType) -> None:
    operations = {
        name: one["action"]
        for name, one in DOCUMENT["operations"].items()
        if one["channel"]["$ref"].removeprefix("#/channels/") in channels_of(kind)
    }
    expected = {f"{kind.producer}.sends.{name}": "send" for name in channels_of(kind)}
    assert operations == expected | {f"department.receives.{name}": "receive" for name in channels_of(kind)}


@KINDS
def test_the_example_of_a_message_is_an_event_of_its_type(kind: EventType) -> None:
    message = DOCUMENT["components"]["messages"][kind.name]
    [example] = message["examples"]
    assert decode_event(json.dumps(example["payload"]).encode()) == example_of(kind)
    assert message["contentType"] == "application/cloudevents+json"


@KINDS
def test_the_example_of_a_message_has_what_its_schema_demands(kind: EventType) -> None:
    message = DOCUMENT["components"]["messages"][kind.name]
    envelope, said = DOCUMENT["components"]["schemas"]["CloudEvent"], message["payload"]["allOf"][1]
    payload = message["examples"][0]["payload"]
    fixed = {name: shape["const"] for name, shape in said["properties"].items() if "const" in shape}
    assert set(fixed) == {"type", "source", "dataschema"}
    assert payload.items() >= fixed.items()
    assert payload.keys() >= {*envelope["required"], *said["required"]}
    data = DOCUMENT["components"]["schemas"][kind.model.__name__]
    assert payload["data"].keys() == data["properties"].keys()


def test_every_subject_is_a_tag_with_a_description() -> None:
    assert {tag["name"] for tag in DOCUMENT["info"]["tags"]} == {kind.subject for kind in CATALOGUE.values()}
