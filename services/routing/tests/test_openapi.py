"""Whatever the API is sent, it answers as its OpenAPI document says and never fails."""

from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.ext.asyncio import create_async_engine

from linli.messaging.embedded import EmbeddedTransport
from routing.main import create_app
from routing.settings import RoutingSettings

from .service import Headers, Service

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/none"

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def operations() -> dict[str, APIOperation]:  # type: ignore[type-arg]
    """What the document describes, by method and path; nothing is connected to for that."""
    described = RoutingSettings(database_url=NOWHERE, oidc_issuer="nobody", oidc_jwks_url="file:///none")
    app = create_app(described, EmbeddedTransport(create_async_engine(NOWHERE)))
    found = schemathesis.openapi.from_dict(app.openapi()).get_all_operations()
    return {result.ok().label: result.ok() for result in found if isinstance(result, Ok)}


OPERATIONS = operations()


def as_httpx(case: Case[Any], by: Headers) -> httpx.Request:
    sent: Any = requests.Request(**case.as_transport_kwargs("http://routing")).prepare()
    return httpx.Request(sent.method, sent.url, headers={**sent.headers, **by}, content=sent.body)


def test_every_route_is_described() -> None:
    assert len(OPERATIONS) == 12


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
async def test_answers_are_as_documented(service: Service, label: str, data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(GenerationMode))
    known = {"case_id": str(await service.open())} if "{case_id}" in label and data.draw(st.booleans()) else None
    case = data.draw(OPERATIONS[label].as_strategy(generation_mode=mode, path_parameters=known))
    response = await service.client.send(as_httpx(case, service.platform))
    case.validate_response(response, checks=CHECKS)
