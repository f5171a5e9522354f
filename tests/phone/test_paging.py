"""A page as the person lives it: seen, lifted for, ended; one that interrupts a call; and one of our own."""

import socket
import struct

from ranin.core.pages import PageGroup, PageTarget, PagingSettings
from tests.phone.whole import settings, whole_phone
from tests.sip.pagerig import RATE, group, neighbour, of_mu_law
from tests.sip.test_paging import received
from tests.tones import rms, share

SHOP, FIRE = group(3), group(4)
PAGING = PagingSettings(
    listen=(PageGroup(SHOP, "Shop", 5), PageGroup(FIRE, "Fire", 1)),
    send=(PageTarget(SHOP, "Shop", "pcmu", "*81"),),
    barge=2,
)


async def test_a_page_is_lifted_for_and_ended_and_one_of_the_first_priority_interrupts_a_call() -> None:
    with neighbour(SHOP, FIRE) as there:
        async with whole_phone() as whole:
            whole.sim.apply(settings(whole.far, paging=PAGING))
            await whole.registered()
            async with there.speaks(SHOP, 1500):
                await whole.shows("Page: Shop")
                await whole.lift()
                await whole.hears_hertz(1500)
                await whole.press("cancel")
                await whole.hears("dial tone")
                for key in "604#":
                    await whole.press(key)
                await whole.hears_hertz(1000)
                await whole.shows("Connected")
            async with there.speaks(FIRE, 2500, ssrc=2):
                await whole.shows("Page: Fire")
                await whole.hears_hertz(2500)
                await whole.hears_music("604")
            await whole.shows("Connected")
            await whole.hears_hertz(1000)
            await whole.replace()


async def test_a_page_of_our_own_is_dialled_heard_elsewhere_and_ended_by_hanging_up() -> None:
    with neighbour(SHOP) as there:
        async with whole_phone() as whole:
            whole.sim.apply(settings(whole.far, paging=PAGING))
            await whole.registered()
            await whole.says_hertz(700)
            with there.ears(SHOP) as ears:
                await whole.dials("*81")
                await whole.shows("Page: Shop")
                packets = [data for data, _ in await received(ears, 80)]
                await whole.replace()
                await whole.over()
                assert silent(ears)
    sound = of_mu_law(b"".join(data[12:] for data in packets[60:]))
    assert rms(sound) > 0.05 and share(sound, 700, RATE) > 0.9
    assert len({struct.unpack("!I", data[8:12]) for data in packets}) == 1


def silent(ears: socket.socket) -> bool:
    """Whether nothing comes after what is there already."""
    for _ in range(200):
        try:
            ears.recv(2048)
        except BlockingIOError:
            return True
    return False
