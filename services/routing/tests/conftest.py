"""What the tests of the service share."""

import pytest

from linli.district import District, load_district


@pytest.fixture(scope="session")
def district() -> District:
    """The district that ships as an example."""
    return load_district()
