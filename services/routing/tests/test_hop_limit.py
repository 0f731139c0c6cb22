"""How often a case may change its owner is for the operator to say."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.issuer import LocalIssuer
from linli.chassis.settings import Role
from linli.messaging.embedded import EmbeddedTransport
from routing.settings import RoutingSettings

from .builders import B3, LIANBANG
from .service import Service, running

Make = Callable[[Role], RoutingSettings]


async def go_up_and_down(service: Service) -> list[str]:
    """Return the units of a case that is passed up and down again."""
    case_id = await service.open()
    first = await service.move(case_id, "transfer", unit=LIANBANG, reason="theirs")
    second = await service.move(case_id, "transfer", unit=B3, reason="theirs")
    return [answer.json()["unit"] for answer in (first, second)]


@pytest.mark.parametrize(("limit", "units"), [(1, [LIANBANG, "sanchajie"]), (2, [LIANBANG, B3])])
async def test_after_as_many_hops_as_are_set_the_top_unit_decides(
    make_settings: Make, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch, limit: int, units: list[str]
) -> None:
    monkeypatch.setenv("ROUTING_HOP_LIMIT", str(limit))
    settings = make_settings("api")
    unused = EmbeddedTransport(create_async_engine(settings.database_url.get_secret_value()))
    async with running(settings, unused, issuer) as service:
        assert await go_up_and_down(service) == units


@pytest.mark.parametrize("limit", ["0", "101", "often"])
def test_a_hop_limit_that_makes_no_sense_is_refused(
    make_settings: Make, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setenv("ROUTING_HOP_LIMIT", limit)
    with pytest.raises(ValidationError, match="hop_limit"):
        make_settings("api")
