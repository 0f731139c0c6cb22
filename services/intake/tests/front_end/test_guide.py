"""The guide's front end is made of the OpenAPI document by others' tools, and works."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from linli.testing.npm import FIRST_S, installed, needs_npm
from linli.testing.streams import client_of, serving

PACKAGE = Path(__file__).parent / "npm"
DOCS = Path(__file__).parents[4] / "docs"
LINT = ("redocly", "lint", "openapi.json", "--format=json")
WRONG = """
import createClient from "openapi-fetch";
import type { paths } from "./intake.js";
const intake = createClient<paths>();
// @ts-expect-error - no such field: compiling fails unless this is found
await intake.POST("/v1/issues", { body: { describtion: "x" } });
// @ts-expect-error - no such path
await intake.GET("/v1/issue");
"""
SUITE = "http://127.0.0.1:8000/intake"


def guide(name: str) -> list[str]:
    return re.findall(r"```typescript\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)


def command(tool: str, suite: str) -> list[str]:
    """Return how the guide calls a tool, with another suite."""
    [said] = re.findall(rf"npx ({tool} [^&\n]+)", (DOCS / "front-end.md").read_text())
    return str(said).replace(SUITE, suite).split()


@pytest.fixture
def tools(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """A folder to work in that has the tools."""
    folder = installed(pytestconfig, PACKAGE, ["redocly.yaml"])
    for name in ("package.json", "redocly.yaml"):
        shutil.copy(folder / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(folder / "node_modules")
    return tmp_path


def run(folder: Path, command: Sequence[str], **env: str) -> subprocess.CompletedProcess[str]:
    tool, *arguments = command
    path = tool if tool == "node" else str(folder / "node_modules" / ".bin" / tool)
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_PROXY": "127.0.0.1", **env}
    return subprocess.run(
        [path, *arguments], cwd=folder, capture_output=True, text=True, timeout=100, check=False, env=os.environ | quiet
    )


async def done(folder: Path, command: Sequence[str], **env: str) -> str:
    ended = await asyncio.to_thread(run, folder, command, **env)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def faults(folder: Path, document: dict[str, Any]) -> list[str]:
    (folder / "openapi.json").write_text(json.dumps(document))
    return [problem["ruleId"] for problem in json.loads(run(folder, LINT).stdout)["problems"]]


def test_the_guides_have_one_code_of_thirty_lines() -> None:
    [english], [chinese] = guide("front-end.md"), guide("front-end.zh.md")
    assert english == chinese
    assert english.count("\n") == 30


@needs_npm
@pytest.mark.timeout(FIRST_S)
async def test_the_guides_front_end_reports_and_follows(app: FastAPI, client: AsyncClient, tools: Path) -> None:
    assert (await client.get("/readyz")).is_success
    async with serving(app) as server, client_of(server) as socket:
        suite = str(socket.base_url).rstrip("/")
        (tools / "first.ts").write_text(guide("front-end.md")[0])
        await done(tools, command("openapi-typescript", suite))
        (tools / "wrong.ts").write_text(WRONG)
        await done(tools, [*command("tsc", suite), "wrong.ts"])
        told = await done(tools, ("node", "first.js"), LINLI_INTAKE=suite)
    app.state.runtime.closing.clear()
    assert told.splitlines()[-1] == "received: Your report was received"


@needs_npm
@pytest.mark.timeout(FIRST_S)
def test_the_document_is_held_to_its_rules(app: FastAPI, tools: Path) -> None:
    document = app.openapi()
    assert faults(tools, document) == []
    spoiled = json.loads(json.dumps(document))
    spoiled["components"]["schemas"]["TrackRead"]["examples"][0]["state"] = "ajar"
    assert faults(tools, spoiled) == ["no-invalid-schema-examples"]


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what operations take and give as JSON, where it is described."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            for part in (operation.get("requestBody", {}), *answers):
                schema = part.get("content", {}).get("application/json", {}).get("schema")
                if schema:
                    yield f"{method} {path}", schema.get("items", schema)


def test_everything_has_an_example_and_its_problems(app: FastAPI) -> None:
    document = app.openapi()
    schemas = document["components"]["schemas"]
    named = {(label, schema["$ref"].rpartition("/")[2]) for label, schema in bodies(document) if "$ref" in schema}
    assert len(named) > 30
    assert {(label, name) for label, name in named if "examples" not in schemas[name]} == set()
    report = document["paths"]["/v1/issues"]["post"]["responses"]
    assert {"201", "400", "401", "413", "415", "422", "500", "503", "default"} <= report.keys()
    assert document["paths"]["/v1/issues"]["post"]["security"] == [{"HTTPBearer": []}, {}]
    assert document["paths"]["/v1/issues"]["get"]["security"] == [{"HTTPBearer": []}]
    assert document["paths"]["/v1/categories"]["get"]["security"] == []
    upload = document["paths"]["/v1/track/{tracking_code}/attachments"]["post"]["responses"]
    assert {"404", "408", "409", "413", "415", "422"} <= upload.keys()
    stream = document["paths"]["/v1/track/{tracking_code}/stream"]["get"]["responses"]
    assert {"404", "422", "429", "503"} <= stream.keys()
    answers = document["components"]["responses"].values()
    assert all(answer["content"]["application/problem+json"]["example"]["title"] for answer in answers)
