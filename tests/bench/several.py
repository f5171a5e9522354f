"""Several calls at once: how soon a call is put aside and taken back, and what five in a conference cost."""

import asyncio
from collections.abc import Callable
from statistics import median

import numpy as np

from ranin.sim.card.ring import Ring
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.farend.people import Person
from tests.bench import measures
from tests.bench.subjects import Ranin, Where
from tests.tones import samples

PASSWORD = "bench-only"  # noqa: S105
TONE_HZ = 1000
STEP_S = 0.01
SETTLE_S = 1.2
TURNS, CALLS = 5, 3
PEOPLE = tuple(Person(f"62{index}", f"Tone {index}", "", "aufile,{tone}") for index in range(1, 6))

Keep = Callable[[str, float], None]


async def measure(keep: Keep) -> None:
    """Notes hold_to_silence_ms, resume_to_sound_ms, and conference5_ratio: its CPU over that of one call."""
    async with FarEnd({"201": PASSWORD}, codecs=("PCMU",), people=PEOPLE) as far:
        phone = Ranin(far.server, DOMAIN, "201", PASSWORD, "PCMU")
        await phone.start(seconds=10, where=Where(far.namespace.host_ip, far.namespace.link))
        try:
            await phone.call(PEOPLE[0].number)
            await asyncio.sleep(2)
            for _ in range(TURNS):
                keep("hold_to_silence_ms", await _hold_ms(phone))
                keep("resume_to_sound_ms", await _resume_ms(phone))
            one_pct = median([await measures.cpu_pct(phone, measures.CALL_S) for _ in range(CALLS)])
            await _gather(phone)
            await asyncio.sleep(2)
            for _ in range(CALLS):
                keep("conference5_ratio", await measures.cpu_pct(phone, measures.CALL_S) / one_pct)
        finally:
            await phone.stop()


async def _hold_ms(phone: Ranin) -> float:
    """From the key to the last of the other side in the ear."""
    pressed_ns = await _press(phone, "soft1")
    await asyncio.sleep(SETTLE_S)
    ring = phone.playback()
    last = max(frame for frame, there in _tone(ring) if there)
    taken_ms = (measures.frame_ns(ring, last) - pressed_ns) / 1e6
    ring.close()
    return max(0.0, taken_ms)


async def _resume_ms(phone: Ranin) -> float:
    """From the key to the first of the other side in the ear."""
    pressed_ns = await _press(phone, "soft3")
    await asyncio.sleep(SETTLE_S)
    ring = phone.playback()
    heard_ns = (measures.frame_ns(ring, frame) for frame, there in _tone(ring) if there)
    first_ns = min(when for when in heard_ns if when > pressed_ns)
    ring.close()
    return (first_ns - pressed_ns) / 1e6


def _tone(ring: Ring) -> list[tuple[int, bool]]:
    """(frame, whether the other side's tone is heard from there) for every 10 ms of the newest seconds."""
    step, end = round(ring.rate * STEP_S), ring.head.written
    begin = max(ring.head.run_frame, end - round(ring.rate * 2 * SETTLE_S))
    count = (end - begin) // step
    pieces = samples(ring.frames(begin, count * step)).reshape(count, step) * np.hanning(step)
    wave = np.exp(-2j * np.pi * TONE_HZ * np.arange(step) / ring.rate)
    strength = np.abs(pieces @ wave) * 4 / step
    return [(begin + index * step, bool(loud > 0.05)) for index, loud in enumerate(strength)]


async def _press(phone: Ranin, key: str) -> int:
    """Push and let go; when it went down, in ns."""
    pressed_ns = await phone.do(f"press {key}")
    await asyncio.sleep(0.06)
    await phone.do(f"release {key}")
    await asyncio.sleep(0.06)
    return pressed_ns


async def _gather(phone: Ranin) -> None:
    """Call the others one by one and let everybody in."""
    for held, person in enumerate(PEOPLE[1:], 1):
        await _press(phone, "soft1")
        for key in person.number:
            await _press(phone, key)
        dialled_ns = await _press(phone, "#")
        await phone.until("state", dialled_ns, state="talking")
        await _press(phone, "soft2")
        for _ in range(held - 1):
            await _press(phone, "soft1")
