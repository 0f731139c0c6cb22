"""The description of who listens to what is what the services do."""

import importlib

import pytest

from linli.contracts.listeners import LISTENERS

SERVICES = ("intake", "routing", "volunteer", "notify")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_to_exactly_what_it_reacts_to(service: str) -> None:
    assert LISTENERS[service] == set(importlib.import_module(f"{service}.reactions").REACTIONS)


def test_every_service_is_described_and_no_other() -> None:
    assert set(LISTENERS) == set(SERVICES)
