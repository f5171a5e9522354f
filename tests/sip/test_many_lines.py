"""A dozen numbers at one phone: each registers, rings, is called and has its sound as it is set."""

from dataclasses import replace

from ranin.core.screens.screen import Ringing
from ranin.core.settings import Account, DialRule, Secret, Settings
from ranin.core.state import LineState
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.simulation import Simulation
from tests.phone.whole import PASSWORD, Whole

USERS = tuple(str(201 + index) for index in range(12))
THIRD = "203"


def account(far: FarEnd, user: str) -> Account:
    return Account(label=f"Line {user}", user=user, password=Secret(PASSWORD), domain=DOMAIN, server=far.server)


async def test_twelve_lines_register_and_the_third_calls_and_is_called_with_its_own_codec_and_melody() -> None:
    async with FarEnd(dict.fromkeys(USERS, PASSWORD)) as far, Simulation() as sim:
        whole = Whole(sim, far)
        accounts = [account(far, user) for user in USERS]
        accounts[2] = replace(accounts[2], codecs=("PCMA",), ring_melody="urgent", transport="tcp")
        settings = Settings(accounts=tuple(accounts), codecs=("opus", "G722"), rules=(DialRule("8", 3, strip=True),))
        sim.apply(settings)
        await whole.until(lambda phone: _all_registered(phone.lines), "twelve lines", 20)

        await whole.dials("8604#")
        await whole.hears_hertz(1000)
        assert whole.codec == "PCMA"
        await far.happened("604", "CALL_ESTABLISHED")
        assert far.caller("604") == f"sip:{THIRD}@{DOMAIN}"
        await whole.replace()
        await whole.over()

        far.call("604", THIRD)
        await whole.until(lambda phone: isinstance(phone.shown.screen, Ringing), "it rings")
        shown = sim.engine.phone.shown
        assert isinstance(shown.screen, Ringing) and shown.screen.line == f"Line {THIRD}"
        assert shown.ring.melody == "urgent"
        await whole.lift()
        await whole.hears_hertz(1000)
        assert whole.codec == "PCMA"
        await whole.replace()
        await whole.over()

        await whole.dials("604#")
        await whole.hears_hertz(1000)
        assert whole.codec == "opus", "the others keep what is set for all"
        whole.close()


def _all_registered(lines: tuple[object, ...]) -> bool:
    return len(lines) == len(USERS) and all(line.state is LineState.REGISTERED for line in lines)  # type: ignore[attr-defined]
