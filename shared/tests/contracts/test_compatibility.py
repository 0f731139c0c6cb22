"""An event that was ever released can be read by today's code, and today's events by yesterday's."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from linli.contracts import CATALOGUE, CaseVerified, EventError, EventType, decode_event, json_schema, new_event
from linli.contracts.catalogue import MAX_ROUTING_KEY_BYTES
from linli.contracts.examples import AT, CASE, EXAMPLES

HERE = Path(__file__).parent
KINDS = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)


def released(kind: EventType, folder: str) -> list[Path]:
    return sorted((HERE / folder).glob(f"{kind.name}.[0-9]*.json"), key=lambda path: int(path.suffixes[-2][1:]))


@KINDS
def test_the_latest_snapshot_is_what_the_code_says(kind: EventType) -> None:
    assert json.loads(released(kind, "schemas")[-1].read_text()) == json_schema(kind), "run release.py, on purpose"


@KINDS
def test_within_a_version_fields_are_only_added_and_only_optional_ones(kind: EventType) -> None:
    current = json_schema(kind)
    for path in released(kind, "schemas"):
        before = json.loads(path.read_text())
        for name, part in {"": before, **before.get("$defs", {})}.items():
            now = current if not name else current["$defs"][name]
            assert_only_added_to(part, now, f"{path.name} {name}")


def assert_only_added_to(before: dict[str, Any], now: dict[str, Any], where: str) -> None:
    if "properties" not in before:
        assert now == before, where  # the words of an enumeration: consumers switch on them
        return
    assert set(now.get("required", ())) <= set(before.get("required", ())), where
    for field, shape in before["properties"].items():
        assert now["properties"][field] == shape, f"{where}: {field}"


@pytest.mark.parametrize("folder", ["schemas", "golden"])
def test_no_type_that_was_released_is_gone(folder: str) -> None:
    kept = {path.name.rsplit(".", 2)[0] for path in (HERE / folder).glob("*.json")}
    assert kept <= CATALOGUE.keys()


@pytest.mark.parametrize(
    "now",
    [
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "^x"}}},
        {"type": "object", "properties": {}},
        {"enum": ["one", "two", "three"]},
    ],
    ids=["now-required", "tightened", "gone", "another-shape"],
)
def test_a_part_that_changed_otherwise_is_found(now: dict[str, Any]) -> None:
    before: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
    with pytest.raises((AssertionError, KeyError)):
        assert_only_added_to(before, now, "")


@KINDS
def test_every_golden_payload_ever_released_is_read_and_nothing_of_it_is_lost(kind: EventType) -> None:
    for path in released(kind, "golden"):
        event = decode_event(path.read_bytes())
        written = json.loads(event.encode())
        kept = json.loads(path.read_bytes())
        assert written["data"].items() >= kept.pop("data").items()
        assert written.items() >= kept.items()
        assert event.routing_key.split(".")[:2] == [kind.subject, kind.event]


@KINDS
def test_a_field_that_we_do_not_know_yet_is_ignored(kind: EventType) -> None:
    payload = json.loads(released(kind, "golden")[-1].read_bytes())
    payload["data"]["added_in_the_next_release"] = [1]
    payload["extension"] = "x"
    assert (
        decode_event(json.dumps(payload).encode()).data == decode_event(released(kind, "golden")[-1].read_bytes()).data
    )


def test_every_type_has_one_example() -> None:
    assert {type(one) for one in EXAMPLES} == {kind.model for kind in CATALOGUE.values()}
    assert len(EXAMPLES) == len(CATALOGUE)


def remove(payload: dict[str, Any], path: str) -> None:
    *folders, last = path.split(".")
    for folder in folders:
        payload = payload[folder]
    del payload[last]


@pytest.mark.parametrize("path", ["id", "source", "type", "time", "partitionkey", "sequence", "data", "data.case_id"])
def test_an_event_without_a_required_attribute_is_refused_by_name(path: str) -> None:
    payload = json.loads((HERE / "golden" / "linli.case.routed.v1.1.json").read_bytes())
    remove(payload, path)
    with pytest.raises(EventError, match=path):
        decode_event(json.dumps(payload).encode())


@pytest.mark.parametrize(
    ("path", "value"),
    [("sequence", "7"), ("time", "2026-03-02T09:00:00"), ("specversion", "0.3"), ("id", "seven"), ("data", [])],
)
def test_an_event_with_a_wrong_attribute_is_refused_by_name(path: str, value: object) -> None:
    payload = json.loads((HERE / "golden" / "linli.case.routed.v1.1.json").read_bytes())
    payload[path] = value
    with pytest.raises(EventError, match=path):
        decode_event(json.dumps(payload).encode())


def test_an_error_does_not_quote_the_content() -> None:
    payload = json.loads((HERE / "golden" / "linli.issue.reported.v1.1.json").read_bytes())
    payload["data"]["reporter_key"] = "13805910000"
    with pytest.raises(EventError) as caught:
        decode_event(json.dumps(payload).encode())
    assert "13805910000" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.binary(max_size=200))
def test_whatever_the_bytes_decoding_raises_nothing_but_its_own_error(body: bytes) -> None:
    with pytest.raises(EventError):
        decode_event(body)


@given(st.sampled_from(EXAMPLES), st.integers(1, 10**12 - 1))
def test_an_event_survives_the_wire(data: Any, sequence: int) -> None:
    event = new_event(data, id=uuid4(), sequence=sequence, time=AT)
    assert decode_event(event.encode()) == event
    assert int(event.sequence) == sequence


@given(st.integers(1, 10**12 - 2))
def test_the_text_order_of_sequences_is_their_order(sequence: int) -> None:
    one, other = (new_event(EXAMPLES[0], id=uuid4(), sequence=number, time=AT) for number in (sequence, sequence + 1))
    assert one.sequence < other.sequence


def test_the_longest_words_make_a_routing_key_that_amqp_can_carry() -> None:
    data = CaseVerified(
        category=f"{'c' * 39}.{'d' * 40}", area="/".join(["a" * 23] * 5), case_id=uuid4(), by="return-visit"
    )
    assert all(len(kind.routing_key(data).encode()) <= MAX_ROUTING_KEY_BYTES for kind in CATALOGUE.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "facility"),
        ("category", "Facility.roof"),
        ("category", "a.b.c"),
        ("category", "a.*"),
        ("area", ""),
        ("area", "/top"),
        ("area", "top/"),
        ("area", "top.one"),
        ("area", "top/#"),
        ("area", "顶/one"),
    ],
)
def test_what_is_not_a_slug_cannot_become_a_routing_key(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        CaseVerified(**{**CASE, "by": "return-visit", field: value})


def test_time_is_written_in_utc_with_its_zone() -> None:
    event = new_event(EXAMPLES[0], id=uuid4(), sequence=1, time=datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert json.loads(event.encode())["time"] == "2026-03-02T09:00:00Z"
