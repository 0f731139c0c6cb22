"""An intake that is empty again."""

import pytest
from fastapi import FastAPI

from intake.settings import IntakeSettings


@pytest.fixture
def settings(standing_settings: IntakeSettings) -> IntakeSettings:
    return standing_settings


@pytest.fixture
def bus_url(standing_bus_url: str) -> str:
    return standing_bus_url


@pytest.fixture
async def app(emptied_app: FastAPI) -> FastAPI:
    return emptied_app
