"""Feature codes at the far end: dialled on the phone, they forward its calls."""

from ranin.core.outage import Link
from ranin.sim.farend.farend import FarEnd
from ranin.sim.simulation import Simulation
from tests.phone.whole import PASSWORD, Whole, settings


async def dialled(whole: Whole, code: str) -> None:
    """Dial a code, hear that it was taken, hang up."""
    await whole.dials(f"{code}#")
    await whole.shows("Connected")
    await whole.replace()
    await whole.shows("Ready")


async def test_a_code_forwards_once_the_phone_is_away_or_always() -> None:
    async with FarEnd({"201": PASSWORD}) as far:
        async with Simulation() as sim:
            whole = Whole(sim, far)
            sim.apply(settings(far))
            await whole.registered()
            await dialled(whole, "*52604")
            assert far.forwards("201") == {"unreachable": "604"}
            await whole.calls_me("605")
            await whole.shows("Lift to answer")
            await whole.hangs_up("605")
            await whole.shows("Ready")
            await dialled(whole, "*72600")
            assert far.forwards("201") == {"unreachable": "604", "always": "600"}
            await whole.calls_me("605")
            await far.happened("600", "CALL_ESTABLISHED")
            await dialled(whole, "*73")
            assert far.forwards("201") == {"unreachable": "604"}
        far.call("603", "201")
        await far.happened("604", "CALL_ESTABLISHED")


async def test_a_code_forwards_when_the_phone_is_registered_but_does_not_answer() -> None:
    async with FarEnd({"201": PASSWORD}, links=(Link.ETHERNET,)) as far, Simulation() as sim:
        whole = Whole(sim, far)
        sim.apply(settings(far))
        await whole.registered()
        await dialled(whole, "*52604")
        far.networks[Link.ETHERNET].silence()
        far.call("605", "201")
        await far.happened("604", "CALL_ESTABLISHED")
        far.networks[Link.ETHERNET].speak()
        await dialled(whole, "*53")
        assert far.forwards("201") == {}
