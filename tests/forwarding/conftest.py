"""No test of this room lets a secret into the log."""

import logging
from collections.abc import Iterator

import pytest

from tests.forwarding.rig import LEAKS


@pytest.fixture(autouse=True)
def no_secret_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    mine = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert not any(leak in text for leak in LEAKS for text in mine)
