"""Whatever the API is sent, it answers as its OpenAPI document says and never fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.messaging.connect import open_transport
from linli.testing.openapi import ask, bounded, operations_of
from routing.main import create_app
from routing.settings import RoutingSettings

from .service import B3, Service

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
DESCRIBED = RoutingSettings(database_url=NOWHERE, oidc_issuer="nobody", oidc_jwks_url="file:///none")
OPERATIONS = operations_of(create_app(DESCRIBED, open_transport(NOWHERE)))


def test_every_route_is_described() -> None:
    assert len(OPERATIONS) == 51


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@bounded
@given(data=st.data())
async def test_answers_are_as_documented(service: Service, label: str, data: st.DataObject) -> None:
    known = None
    if "{case_id}" in label and data.draw(st.booleans()):
        known = {"case_id": str(await service.open())}
    if "{path}" in label and data.draw(st.booleans()):
        known = {"path": B3}
    await ask(OPERATIONS[label], data, service.client, headers=service.platform, known=known)
