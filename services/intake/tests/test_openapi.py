"""Whatever the API is sent, it answers as its OpenAPI document says and never fails."""

from collections.abc import Callable

import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from intake.main import create_app
from intake.settings import IntakeSettings
from linli.messaging.connect import open_transport
from linli.testing.openapi import ask, bounded, operations_of

from .conftest import CONTACT_KEY

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
DESCRIBED = IntakeSettings(
    database_url=NOWHERE, oidc_issuer="nobody", oidc_jwks_url="file:///none", contact_key=CONTACT_KEY
)
OPERATIONS = operations_of(create_app(DESCRIBED, open_transport(NOWHERE)))
ENDLESS = "GET /v1/track/{tracking_code}/stream"
"""The answer to a code that exists has no end; test_listening asks for it."""


def test_every_route_is_described() -> None:
    assert len(OPERATIONS) == 48


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@bounded
@given(data=st.data())
async def test_answers_are_as_documented(
    client: AsyncClient, token: Callable[..., dict[str, str]], label: str, data: st.DataObject
) -> None:
    known = None
    if "{" in label and label != ENDLESS and data.draw(st.booleans()):
        reported = (await client.post("/v1/issues", json={"description": "楼顶漏雨"})).json()
        known = {"tracking_code": reported["tracking_code"], "issue_id": reported["id"]}
        known = {name: value for name, value in known.items() if f"{{{name}}}" in label}
    await ask(OPERATIONS[label], data, client, headers=token("staff", "platform"), known=known)
