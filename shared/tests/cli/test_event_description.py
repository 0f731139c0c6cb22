"""`linli events describe`."""

import json

import pytest
from typer.testing import CliRunner, Result

from linli.cli.main import app
from linli.contracts import CATALOGUE, decode_event
from linli.contracts.examples import example_of


def describe(*words: str) -> Result:
    return CliRunner().invoke(app, ["events", "describe", *words])


@pytest.mark.parametrize("name", ["case.routed", "linli.case.routed", "case.routed.v1", "linli.case.routed.v1"])
def test_an_event_is_known_by_its_short_and_by_its_full_name(name: str) -> None:
    described = describe(name)
    assert described.exit_code == 0, described.stderr
    assert described.stdout.startswith("linli.case.routed.v1\nThe case has an owner")


def test_who_publishes_and_who_hears_an_event_are_named() -> None:
    lines = describe("case.routed").stdout.splitlines()
    assert "Routing key: case.routed.<major>.<minor>.<area>" in lines
    assert "Published by: routing" in lines
    assert "Heard by: intake, volunteer, notify, departments that subscribe" in lines
    assert "JSON Schema: https://linli.example/schemas/linli.case.routed.v1.json" in lines


def test_the_key_of_whom_an_event_calls_is_named_where_there_is_one() -> None:
    assert "addressed.<department>.dispatch.requested" in describe("dispatch.requested").stdout
    assert "addressed" not in describe("case.routed").stdout


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_field_and_a_whole_example_are_shown(name: str) -> None:
    kind = CATALOGUE[name]
    shown = describe(name).stdout
    fields, _, example = shown.partition("\nExample: ")
    assert decode_event(json.dumps(json.loads(example)).encode()) == example_of(kind)
    assert all(f"  {field} " in fields for field in kind.model.model_fields)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-Hans", ("案件有了归属", "路由键", "责任人", "可缺省")),
        ("zh-Hant", ("案件有了歸屬", "路由鍵", "責任人", "可省略")),
        ("en", ("The case has an owner", "Routing key", "person responsible", "optional")),
    ],
)
def test_an_event_is_described_in_the_language_that_is_asked_for(language: str, words: tuple[str, ...]) -> None:
    shown = describe("case.routed", "--language", language).stdout
    assert all(word in shown for word in words)


@pytest.mark.parametrize(
    ("name", "near"),
    [("case.ruoted", "case.routed"), ("linli.case.routed.v9", "case.routed"), ("routed", "case.routed")],
)
def test_an_unknown_event_is_refused_with_names_like_it(name: str, near: str) -> None:
    refused = describe(name)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert near in refused.stderr


def test_an_event_like_no_other_is_refused_with_where_they_are_listed() -> None:
    refused = describe("zzz")
    assert refused.exit_code == 2
    assert "linli events list" in refused.stderr


def test_a_language_that_is_not_spoken_is_refused() -> None:
    assert describe("case.routed", "--language", "fr").exit_code == 2
