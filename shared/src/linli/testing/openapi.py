"""Asking an API whatever its OpenAPI document allows, and what it forbids."""

import os
from collections.abc import Mapping
from typing import Any

import httpx
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

QUESTIONS_VARIABLE = "LINLI_TEST_QUESTIONS"
"""How often each operation is asked, where not as often as is usual."""

bounded = hypothesis_settings(
    max_examples=int(os.environ.get(QUESTIONS_VARIABLE, "12")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""Asks each operation the same questions in every run."""


def operations_of(app: FastAPI) -> dict[str, "APIOperation[Any, Any, Any, Any]"]:
    """Return what an application's document describes, by method and path; nothing is connected to for that."""
    found = schemathesis.openapi.from_dict(app.openapi()).get_all_operations()
    return {result.ok().label: result.ok() for result in found if isinstance(result, Ok)}


async def ask(
    operation: "APIOperation[Any, Any, Any, Any]",
    data: st.DataObject,
    client: httpx.AsyncClient,
    *,
    headers: Mapping[str, str],
    known: Mapping[str, str] | None = None,
) -> None:
    """Send one drawn request, well-formed or not, and hold the answer to the document: no 5xx, nothing undescribed.

    ``known`` are path parameters that exist, so that the request gets past "not found".
    """
    mode = data.draw(st.sampled_from(GenerationMode))
    case = data.draw(operation.as_strategy(generation_mode=mode, path_parameters=dict(known) if known else None))
    sent: Any = requests.Request(**case.as_transport_kwargs(str(client.base_url).rstrip("/"))).prepare()
    request = httpx.Request(sent.method, sent.url, headers={**sent.headers, **headers}, content=sent.body)
    case.validate_response(await client.send(request), checks=CHECKS)
