"""The AsyncAPI document is valid by AsyncAPI's own parser."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linli.contracts.asyncapi import asyncapi_document
from linli.testing.npm import FIRST_S, installed, needs_npm

PACKAGE = Path(__file__).parent / "asyncapi"
ERROR = 0

pytestmark = [needs_npm, pytest.mark.timeout(FIRST_S)]

Errors = Callable[[dict[str, Any]], list[str]]


@pytest.fixture
def errors(pytestconfig: pytest.Config) -> Errors:
    folder = installed(pytestconfig, PACKAGE, ["validate.js"])

    def found(document: dict[str, Any]) -> list[str]:
        validate = ("node", "validate.js")
        ended = subprocess.run(
            validate, cwd=folder, input=json.dumps(document), capture_output=True, text=True, timeout=100, check=False
        )
        assert ended.returncode == 0, ended.stderr
        diagnostics = json.loads(ended.stdout)
        return [f"{one['path']}: {one['message']}" for one in diagnostics if one["severity"] == ERROR]

    return found


def test_the_document_has_no_error(errors: Errors) -> None:
    assert errors(asyncapi_document()) == []


def lose_a_schema(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["Handler"]


def lose_a_parameter(document: dict[str, Any]) -> None:
    del document["channels"]["case.routed"]["parameters"]["area"]


@pytest.mark.parametrize("spoil", [lose_a_schema, lose_a_parameter])
def test_a_document_that_is_wrong_is_refused(errors: Errors, spoil: Callable[[dict[str, Any]], None]) -> None:
    document = asyncapi_document()
    spoil(document)
    assert errors(document)
