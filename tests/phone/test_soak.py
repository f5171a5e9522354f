"""The short form of `make soak`: calls come and go, and no descriptor stays behind."""

from tests.soak import soak


async def test_forty_calls_leave_nothing_behind() -> None:
    _, gained = await soak(40, 20)
    assert gained == 0
