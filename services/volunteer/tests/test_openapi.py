"""Whatever the API is sent, it answers as its OpenAPI document says and never fails."""

from uuid import uuid4

import pytest
from httpx import AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.messaging.connect import open_transport
from linli.testing.openapi import ask, bounded, operations_of
from volunteer.main import create_app
from volunteer.settings import VolunteerSettings

from .conftest import Mint, World
from .test_people_api import registered
from .test_wishes_api import published

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
DESCRIBED = VolunteerSettings.model_validate(
    {"database_url": NOWHERE, "oidc_issuer": "nobody", "oidc_jwks_url": "file:///none"}
)
OPERATIONS = operations_of(create_app(DESCRIBED, open_transport(NOWHERE)))


def test_every_route_is_described() -> None:
    assert len(OPERATIONS) == 71


def parts() -> dict[str, list[str]]:
    """The operations by the first word of their path."""
    found: dict[str, list[str]] = {}
    for label in sorted(OPERATIONS):
        found.setdefault(label.split("/v1/")[1].split("/")[0], []).append(label)
    return found


@pytest.mark.parametrize("part", parts())
@settings(bounded, max_examples=2 * bounded.max_examples)
@given(data=st.data())
async def test_answers_are_as_documented(
    world: World, client: AsyncClient, token: Mint, part: str, data: st.DataObject
) -> None:
    label = data.draw(st.sampled_from(parts()[part]))
    known = None
    if part in KNOWN and label.count("{") == 1 and data.draw(st.booleans()):
        known = await KNOWN[part](world, client, token)
    await ask(OPERATIONS[label], data, client, headers=token("somebody", "volunteer", "platform"), known=known)


async def a_need(world: World, _client: AsyncClient, _token: Mint) -> dict[str, str]:
    return {"need_id": str((await world.open_need(1))["id"])}


async def a_wish(_world: World, client: AsyncClient, token: Mint) -> dict[str, str]:
    return {"wish_id": (await published(client, token))["id"]}


async def a_volunteer(_world: World, client: AsyncClient, token: Mint) -> dict[str, str]:
    return {"volunteer_id": (await registered(client, token, f"v-{uuid4()}"))["id"]}


KNOWN = {"needs": a_need, "wishes": a_wish, "volunteers": a_volunteer}
