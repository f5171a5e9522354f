"""What failing power and networks cost: the `fail_*` rows, taken in namespaces; peers in the very same outage."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ranin.core.outage import Link
from ranin.core.settings import ForwardSettings
from ranin.core.state import CallState, LineState, Phone
from ranin.sim.card.ring import Ring
from ranin.sim.farend.farend import DOMAIN, FarEnd
from tests.bench.subjects import Subject, Where
from tests.phone.whole import LINKS, PASSWORD, Whole, phone_with_everything
from tests.tones import rms, samples, share

CAP_S = 20.0
"""What is not back within this time counts as this."""
TONE = "604"
TONE_HZ = 1000.0
WINDOW = 4800
"""100 ms of the card."""
FORWARD = ForwardSettings(target="+33611111111", backend="codes")
Keep = Callable[[str, float], None]


async def gap_s(ring: Ring, until_s: float, patience_s: float = CAP_S) -> float:
    """The longest time without the tone from now on: watched for `until_s`, and until the tone is back."""
    ring.skip()
    began_s = heard_s = time.monotonic()
    longest, recent = 0.0, b""
    while time.monotonic() - began_s < until_s or time.monotonic() - heard_s > 0.3:
        if time.monotonic() - heard_s > patience_s:
            return patience_s
        await asyncio.sleep(0.02)
        recent = (recent + ring.read()[0])[-2 * WINDOW :]
        sound = samples(recent)
        if len(sound) == WINDOW and rms(sound) > 0.01 and share(sound, TONE_HZ) > 0.7:
            longest, heard_s = max(longest, time.monotonic() - heard_s), time.monotonic()
            recent = b""
    return longest


async def _after_s(whole: Whole, began_s: float, holds: Callable[[Phone], bool], what: str) -> float:
    await whole.until(holds, what, 45)
    return time.monotonic() - began_s


async def _talk(whole: Whole) -> None:
    await whole.dials(TONE)
    await whole.press("#")
    await whole.until(lambda phone: phone.active is not None and phone.active.state is CallState.TALKING, "talking")
    await whole.hears_hertz(TONE_HZ)


def _registered_over(phone: Phone, link: Link) -> bool:
    return phone.paths.link is link and phone.lines[0].state is LineState.REGISTERED


def _alive(phone: Phone, link: Link, alive: bool) -> bool:
    reach = phone.paths.reach(link)
    return reach is not None and reach.alive is alive


async def silent_loss(keep: Keep) -> None:
    """Ethernet drops everything without a word in a call, and speaks again after it."""
    with tempfile.TemporaryDirectory() as folder:
        async with phone_with_everything(Path(folder)) as whole:
            await _talk(whole)
            gap = asyncio.create_task(gap_s(whole.sim.card["handset"].playback, 10))
            began_s = time.monotonic()
            whole.far.networks[Link.ETHERNET].silence()
            noticed = await _after_s(whole, began_s, lambda phone: _alive(phone, Link.ETHERNET, False), "noticed")
            keep("fail_noticed_s", noticed)
            over_lte = await _after_s(whole, began_s, lambda phone: _registered_over(phone, Link.LTE), "over LTE")
            keep("fail_registered_lte_s", over_lte)
            keep("fail_gap_silent_s", await gap)
            await whole.replace()
            began_s = time.monotonic()
            whole.far.networks[Link.ETHERNET].speak()
            returned = await _after_s(whole, began_s, lambda phone: _alive(phone, Link.ETHERNET, True), "returned")
            keep("fail_return_noticed_s", returned)


async def new_address(keep: Keep, runs: int) -> None:
    """The address changes in a call, and the kernel says so."""
    with tempfile.TemporaryDirectory() as folder:
        async with phone_with_everything(Path(folder)) as whole:
            await _talk(whole)
            for _ in range(runs):
                gap = asyncio.create_task(gap_s(whole.sim.card["handset"].playback, 4))
                await asyncio.sleep(0)
                whole.far.networks[Link.ETHERNET].renumber()
                keep("fail_gap_notice_s", await gap)


async def last_gasp(keep: Keep, runs: int) -> None:
    """From the decision to go until the machine is told to switch off."""
    with tempfile.TemporaryDirectory() as folder:
        async with phone_with_everything(Path(folder), forward=FORWARD) as whole:
            for _ in range(runs):
                keep("fail_last_gasp_s", await _gasp_s(whole))
                whole.battery.charge = 0.9
                whole.battery.plug()
                await whole.until(lambda phone: phone.leaving is None, "undone", 30)
                await whole.registered()


async def _gasp_s(whole: Whole) -> float:
    whole.battery.pull()
    whole.battery.charge = 0.01
    await whole.until(lambda phone: phone.leaving is not None, "the last gasp", 60)
    began_s = time.monotonic()
    await whole.until(lambda phone: phone.leaving is not None and phone.leaving.value == "gone", "off", 15)
    return time.monotonic() - began_s


async def of_peer(kind: type[Subject], keep: Keep) -> None:
    """The same two outages in a call of a peer, which goes whatever way the system takes."""
    async with FarEnd({"201": PASSWORD}, links=LINKS) as far:
        for row, deed in (("fail_gap_notice_s", "renumber"), ("fail_gap_silent_s", "silence")):
            subject = kind(far.server, DOMAIN, "201", PASSWORD, "PCMU")
            await subject.start(seconds=4, where=Where("", ""))
            try:
                await asyncio.sleep(2)
                await subject.call(TONE)
                await asyncio.sleep(2)
                gap = asyncio.create_task(gap_s(subject.playback(), 4))
                await asyncio.sleep(0)
                getattr(far.networks[Link.ETHERNET], deed)()
                keep(row, await gap)
            finally:
                await subject.stop()
