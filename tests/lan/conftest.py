"""A switch for each test."""

from collections.abc import Iterator

import pytest

from tests.lan.rig import Switch


@pytest.fixture
def switch() -> Iterator[Switch]:
    """A switch with nothing at it yet."""
    with Switch() as made:
        yield made
