"""The AsyncAPI document of the events: what machines read to know every channel, message and operation."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from linli.contracts.catalogue import CATALOGUE, EventType, addressed_to
from linli.contracts.envelope import CONTENT_TYPE, Event
from linli.contracts.examples import example_of
from linli.contracts.sentences import says
from linli.contracts.words import EventData

EXCHANGE = "linli.events"
AMQP = "0.3.0"
"""Version of AsyncAPI's AMQP 0-9-1 bindings."""

SCHEMAS = "#/components/schemas/{model}"

SUBJECTS = {
    "issue": "What residents and grid workers report. 诉求",
    "case": "How a report is handled, by whom and until when. 案件",
    "dispatch": "Departments that are called to a case. 吹哨报到",
    "task": "Parts of a case that units do. 任务",
    "meeting": "Meetings about cases. 会议",
    "need": "Helpers that a case looks for. 需求",
    "wish": "Micro-wishes and their claims. 微心愿",
    "activity": "What volunteers are looked for. 活动",
    "shift": "Shifts of activities. 班次",
    "assignment": "Who comes to a shift. 班次安排",
    "post": "Posts for those who report where they live. 服务岗位",
    "team": "Teams of volunteers and who is in them. 队伍",
    "line": "Lists of resources and needs. 清单",
    "grid": "Units of the grid. 网格单元",
    "catalogue": "Categories of the catalogue. 类别",
}

DESCRIPTION = """Neighbourhood issues and how they are handled, as events.

Services publish to the fanout exchange `linli.ingress`, which feeds the topic exchange `linli.events`. A department
reads its own queue, `dept.<department>.inbox`, bound to what it subscribes to and to `addressed.<department>.#`; it
declares and binds nothing itself. Of an event `partitionkey` names what it is about and `sequence` its place there.
"""

PARAMETERS: dict[str, dict[str, Any]] = {
    "major": {
        "description": "First word of the category. 大类",
        "examples": ["facility"],
        "location": "$message.payload#/data/category",
    },
    "minor": {
        "description": "Second word of the category. 小类",
        "examples": ["roof-leak"],
        "location": "$message.payload#/data/category",
    },
    "area": {
        "description": "Path of the grid unit, a word for each of its units from the top. 网格路径",
        "examples": ["sanchajie.jinpu.lianbang.b3"],
        "location": "$message.payload#/data/area",
    },
    "department": {"description": "The department that is called or invited. 部门", "examples": ["housing"]},
}


def asyncapi_document() -> dict[str, Any]:
    """Return the document, of AsyncAPI 3.0.0."""
    kinds = tuple(CATALOGUE.values())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Linli events 邻里事件",
            "version": version("linli"),
            "description": DESCRIPTION,
            "tags": [{"name": name, "description": description} for name, description in SUBJECTS.items()],
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {name: channel for kind in kinds for name, channel in _channels(kind)},
        "operations": {name: operation for kind in kinds for name, operation in _operations(kind)},
        "components": {
            "messages": {kind.name: _message(kind) for kind in kinds},
            "schemas": {"CloudEvent": _envelope()} | {name: one for kind in kinds for name, one in _schemas(kind)},
            "parameters": PARAMETERS,
        },
    }


def _channels(kind: EventType) -> Iterator[tuple[str, dict[str, Any]]]:
    yield kind.key_words, _channel(kind, f"{kind.key_words}.{{major}}.{{minor}}.{{area}}", ("major", "minor", "area"))
    if kind.addressed:
        address = f"{addressed_to('{department}')}.{kind.key_words}"
        yield _addressed_channel(kind), _channel(kind, address, ("department",))


def _addressed_channel(kind: EventType) -> str:
    return addressed_to(kind.key_words)


def _channel(kind: EventType, address: str, parameters: tuple[str, ...]) -> dict[str, Any]:
    return {
        "address": address,
        "messages": {
            one.name: _ref("components/messages", one.name)
            for one in CATALOGUE.values()
            if one.key_words == kind.key_words
        },
        "parameters": {name: _ref("components/parameters", name) for name in parameters},
        "tags": _tags(kind),
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": AMQP,
            }
        },
    }


def _operations(kind: EventType) -> Iterator[tuple[str, dict[str, Any]]]:
    yield f"{kind.producer}.sends.{kind.key_words}", _operation(kind, "send", kind.key_words)
    yield f"department.receives.{kind.key_words}", _operation(kind, "receive", kind.key_words)
    if kind.addressed:
        channel = _addressed_channel(kind)
        yield f"{kind.producer}.sends.{channel}", _operation(kind, "send", channel)
        yield f"department.receives.{channel}", _operation(kind, "receive", channel)


def _operation(kind: EventType, action: str, channel: str) -> dict[str, Any]:
    amqp = {"deliveryMode": 2} if action == "send" else {"ack": True}
    return {
        "action": action,
        "channel": _ref("channels", channel),
        "summary": says(kind.model),
        "tags": _tags(kind),
        "bindings": {"amqp": {**amqp, "bindingVersion": AMQP}},
    }


def _message(kind: EventType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": kind.key_words,
        "summary": says(kind.model),
        "description": says(kind.model, "zh-Hans"),
        "contentType": CONTENT_TYPE,
        "payload": {"allOf": [_ref("components/schemas", "CloudEvent"), _said_by(kind)]},
        "tags": _tags(kind),
        "examples": [{"name": kind.event, "payload": json.loads(example_of(kind).encode())}],
    }


def _said_by(kind: EventType) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "type": {"const": kind.name},
            "source": {"const": f"/linli/{kind.producer}"},
            "dataschema": {"const": kind.dataschema},
            "data": _ref("components/schemas", kind.model.__name__),
        },
        "required": ["data"],
    }


def _envelope() -> dict[str, Any]:
    schema = Event[EventData].model_json_schema(mode="serialization", ref_template=SCHEMAS)
    properties = {name: shape for name, shape in schema["properties"].items() if name != "data"}
    # What has a default is written all the same, but for a trace that there is not.
    required = [name for name in properties if name != "traceparent"]
    return {"title": "CloudEvent", "type": "object", "properties": properties, "required": required}


def _schemas(kind: EventType) -> Iterator[tuple[str, dict[str, Any]]]:
    # References lead from the top of the document here, so what a schema brings along moves to the top too.
    schema = kind.model.model_json_schema(mode="serialization", ref_template=SCHEMAS)
    yield from schema.pop("$defs", {}).items()
    yield kind.model.__name__, schema


def _tags(kind: EventType) -> list[dict[str, str]]:
    return [{"name": kind.subject}]


def _ref(place: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{place}/{name}"}
