"""The AsyncAPI document is valid by AsyncAPI's own parser."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from linli.contracts.asyncapi import asyncapi_document

PACKAGE = Path(__file__).parent / "asyncapi"
FILES = ("package.json", "package-lock.json", "validate.js")
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
ERROR = 0

pytestmark = [
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="needs node and npm"),
    pytest.mark.timeout(300),  # the first run downloads the parser
]

Errors = Callable[[dict[str, Any]], list[str]]


def install(folder: Path) -> None:
    """Install the parser in a folder once, however many test processes ask for it."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "installed").exists():
            return
        for name in FILES:
            shutil.copy(PACKAGE / name, folder)
        done = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True, timeout=280, check=False)
        assert done.returncode == 0, done.stderr
        (folder / "installed").touch()


@pytest.fixture
def errors(pytestconfig: pytest.Config) -> Errors:
    assert pytestconfig.cache is not None
    versions = sha256(b"".join((PACKAGE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    folder = pytestconfig.cache.mkdir(f"asyncapi-{versions}")
    install(folder)

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
