"""Whatever the API is sent, it answers as its OpenAPI document says and never fails."""

import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from linli.messaging.connect import open_transport
from linli.testing.openapi import ask, bounded, operations_of
from volunteer.main import create_app
from volunteer.settings import VolunteerSettings

from .conftest import Mint, World

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
DESCRIBED = VolunteerSettings.model_validate(
    {"database_url": NOWHERE, "oidc_issuer": "nobody", "oidc_jwks_url": "file:///none"}
)
OPERATIONS = operations_of(create_app(DESCRIBED, open_transport(NOWHERE)))


def test_every_route_is_described() -> None:
    assert len(OPERATIONS) == 4


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@bounded
@given(data=st.data())
async def test_answers_are_as_documented(
    world: World, client: AsyncClient, token: Mint, label: str, data: st.DataObject
) -> None:
    known = None
    if "{need_id}" in label and data.draw(st.booleans()):
        known = {"need_id": str((await world.open_need(1))["id"])}
    await ask(OPERATIONS[label], data, client, headers=token("somebody", "volunteer", "platform"), known=known)
