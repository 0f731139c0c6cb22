"""What documents tell of the past is what the snapshots say."""

import json
from typing import Any

import pytest

from linli.contracts import CATALOGUE, EventType
from linli.contracts.history import history_of

from .release import HISTORY, additions, histories, snapshots


def test_the_history_is_what_the_snapshots_add() -> None:
    assert json.loads(HISTORY.read_text("utf-8")) == histories(), "run release.py, on purpose"


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_every_release_of_a_type_is_told_and_every_field_came_once(kind: EventType) -> None:
    history = history_of(kind)
    assert len(history) == len(snapshots(kind.name))
    assert sorted(field for added in history for field in added if "." not in field) == sorted(kind.model.model_fields)


def schema(*names: str, **types: list[str]) -> dict[str, Any]:
    return {"properties": dict.fromkeys(names), "$defs": {kind: schema(*within) for kind, within in types.items()}}


@pytest.mark.parametrize(
    ("schemas", "added"),
    [
        ([schema("b", "a")], [["a", "b"]]),
        ([schema("a"), schema("a", "b")], [["a"], ["b"]]),
        ([schema("a"), schema("a")], [["a"], []]),
        ([schema("a"), schema("a", "b", Handler=["id"])], [["a"], ["b"]]),
        ([schema("a", Handler=["id"]), schema("a", Handler=["id", "post"])], [["a"], ["Handler.post"]]),
    ],
)
def test_a_release_adds_what_the_one_before_had_not(schemas: list[dict[str, Any]], added: list[list[str]]) -> None:
    assert additions(schemas) == added
