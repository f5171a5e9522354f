"""The short form of `make soak`: calls come and go, and no descriptor stays behind."""

from tests.phone.mixed import mixed
from tests.soak import soak


async def test_forty_calls_leave_nothing_behind() -> None:
    _, gained = await soak(40, 20)
    assert gained == 0


async def test_forty_mixed_calls_come_out_as_they_should_and_leave_nothing_behind() -> None:
    outcome = await mixed(40, 20, seed=1)
    assert outcome.calls >= 40 and outcome.gained == 0
    assert {"refused by its key", "rang until cancelled", "transferred", "in a conference"} <= outcome.tally.keys()
    assert outcome.besides["conferences in which all heard all"]
