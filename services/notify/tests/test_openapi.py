"""Whatever the API is sent, it answers as its OpenAPI document says and never fails."""

from collections.abc import Callable

import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from linli.messaging.connect import open_transport
from linli.testing.openapi import ask, bounded, operations_of
from notify.main import create_app
from notify.settings import NotifySettings

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
DESCRIBED = NotifySettings(database_url=NOWHERE, oidc_issuer="nobody", oidc_jwks_url="file:///none")
OPERATIONS = operations_of(create_app(DESCRIBED, open_transport(NOWHERE)))
ENDLESS = {"GET /v1/inbox/stream"}
"""Its answer has no end; test_listening asks it."""


def test_every_route_is_described() -> None:
    assert len(OPERATIONS) == 78


@pytest.fixture
def settings(settings: NotifySettings) -> NotifySettings:
    """Those of a process that only answers: it is ready much sooner."""
    return settings.model_copy(update={"role": "api"})


@pytest.mark.parametrize("label", sorted(OPERATIONS.keys() - ENDLESS))
@bounded
@given(data=st.data())
async def test_answers_are_as_documented(
    client: AsyncClient, token: Callable[..., dict[str, str]], label: str, data: st.DataObject
) -> None:
    await ask(OPERATIONS[label], data, client, headers=token("staff"))
