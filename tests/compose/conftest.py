from collections.abc import AsyncIterator, Iterator

import pytest

from ..e2e.suite import Suite  # noqa: TID252 - tests are no package that could be named
from .stack import Stack, stack_in


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack_in(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
async def suite(stack: Stack) -> AsyncIterator[Suite]:
    async with stack.suite() as reached:
        yield reached
