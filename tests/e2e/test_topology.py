"""What the running services declare on the bus is what the description of the suite says, no more and no less."""

import pytest

from linli.district import load_district
from linli.messaging.amqp_operator import amqp_operator
from linli.messaging.definitions import definitions_of
from linli.messaging.drift import drift
from linli.messaging.management import open_management
from linli.messaging.suite import suite_topology
from linli.testing.rabbitmq import Broker

from .suite import Suite


@pytest.mark.parametrize("bus_url", ["amqp"], indirect=True)
async def test_the_running_suite_has_no_drift(suite: Suite, broker: Broker) -> None:
    described = definitions_of(suite_topology(load_district()))
    async with (
        suite.running(),
        amqp_operator(suite.bus_url) as operator,
        open_management(broker.management_url, bus=suite.bus_url) as management,
    ):
        await management.belong_to(operator.cluster_name)
        assert drift(described, await management.definitions()).lines() == []
