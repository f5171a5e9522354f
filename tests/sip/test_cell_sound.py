"""The modem's voice on the bridge: heard, spoken to, muted, lost, and never late; the engine process is a real one."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ranin.core.commands import ConnectEar, PlayKeyTone, SetVolume
from ranin.core.events import CallEnded, EngineLost, MediaStarted, SoundFound, SoundLost
from ranin.core.mobile import CellSoundLost, JoinCellSound, LeaveCellSound
from ranin.core.tones import Signal, tone
from ranin.sim.card.card import SimCard
from ranin.sim.modem import SimModem
from ranin.sip.voiceport import hand_over, open_port
from tests.sim.test_modem import ask
from tests.sip.cellrig import CARD_RATE, DEADLINE_S, RATE, Engine, VoicePort, engine, played, speaking
from tests.tones import Samples, loudest, rms, samples, share


def is_tone(hertz: float) -> Callable[[Samples], bool]:
    """Of what the modem hears."""
    return lambda sound: rms(sound) > 0.01 and share(sound, hertz, RATE) > 0.9


def spoken(sound: Samples) -> bool:
    """The handset's tone at the level at which it was said."""
    return is_tone(700)(sound) and abs(rms(sound) - 0.212) < 0.02


def is_silent(sound: Samples) -> bool:
    return rms(sound) < 0.001


async def test_both_sides_hear_each_other_without_a_registered_line(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port, speaking(one.card, 700):
        port.hertz = 1000
        await one.join(JoinCellSound(7, device=port.device))
        assert MediaStarted(7, "cell", False) in one.events
        assert abs(loudest(await one.hears(1000), CARD_RATE) - 1000) <= 5
        assert abs(loudest(await port.hears(is_tone(700), "700 Hz"), RATE) - 700) <= 5


async def test_the_simulated_modem_s_call_is_heard_and_hears(tmp_path: Path) -> None:
    async with SimModem(tmp_path) as sim, engine(tmp_path) as one, speaking(one.card, 700):
        sim.tone_hz = 425
        await ask(sim.device, "ATD0612345678;")
        async with asyncio.timeout(DEADLINE_S):
            while "OK" not in (await ask(sim.device, "AT+CPCMREG=1")).split():
                sim.mobile.answer()
                await asyncio.sleep(0.05)
        await one.join(JoinCellSound(1, device=str(sim.sound_device)))
        await one.hears(425)
        async with asyncio.timeout(DEADLINE_S):
            while not is_tone(700)(samples(bytes(sim.heard[-3200:]))):
                await asyncio.sleep(0.02)
        sim.vanish()
        await one.hear_of(CellSoundLost)


async def test_mute_volume_and_tones_are_those_of_any_call(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port, speaking(one.card, 700):
        port.hertz = 1000
        await one.join(JoinCellSound(1, device=port.device))
        await one.listen(lambda sound: share(sound, 1000) > 0.9 and rms(sound) > 0.16, "1000 Hz")
        await port.hears(spoken, "700 Hz")
        one.do(ConnectEar((1,), muted=True))
        await port.hears(is_silent, "silence")
        one.do(SetVolume(2))
        await one.listen(lambda sound: share(sound, 1000) > 0.9 and rms(sound) < 0.06, "1000 Hz, quieter")
        one.do(ConnectEar((1,)))
        await port.hears(spoken, "700 Hz as before")
        one.do(PlayKeyTone("5"))
        await one.listen(lambda sound: share(sound, 1336) > 0.02, "the key")
        one.do(ConnectEar((), tone(Signal.DIAL, "FR")))
        await one.hears(440)
        await port.hears(is_silent, "silence while it is held")
        one.do(ConnectEar((1,)))
        await one.hears(1000)


@pytest.mark.parametrize("ppm", [8000, -8000])
async def test_a_wrong_clock_does_not_make_it_late(tmp_path: Path, ppm: int) -> None:
    """Unheeded it would be 50 ms more, or gaps; the best of several is what the machine's load has not made late."""
    async with engine(tmp_path) as one, VoicePort(ppm) as port, speaking(one.card, 700):
        await one.join(JoinCellSound(1, device=port.device))
        delays = []
        for _ in range(5):
            await asyncio.sleep(2)
            delays.append(await delay_s(one, port))
        assert min(delays[3:]) - min(delays[:2]) < 0.035, f"{delays}"
        assert abs(port.sent - len(port.heard) // 2) < RATE // 2
        port.hertz = 1000
        await one.hears(1000 * (1 + ppm / 1e6))


async def delay_s(one: Engine, port: VoicePort) -> float:
    """From the modem's first sample of a tone to the card's, by the card's own start and count."""
    ring = one.card["handset"].playback
    ring.skip()
    sent_s = asyncio.get_running_loop().time()
    port.hertz = 1000
    sound, first = b"", None
    async with asyncio.timeout(DEADLINE_S):
        while True:
            piece, at = ring.read()
            sound, first = sound + piece, at if first is None else first
            loud = np.flatnonzero(np.abs(samples(sound)) > 0.05)
            if len(loud):
                break
            await asyncio.sleep(0.02)
    port.hertz = 0
    head = ring.head
    return head.run_start_ns / 1e9 + (first + int(loud[0]) - head.run_frame) / ring.rate - sent_s


async def test_a_port_that_is_pulled_out_is_told_and_the_engine_lives(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port:
        port.hertz = 1000
        await one.join(JoinCellSound(3, device=port.device))
        await one.hears(1000)
        before = one.descriptors
        port.pull_out()
        lost = await one.hear_of(CellSoundLost)
        assert lost.call == 3 and "failed" in lost.reason
        await one.hears_nothing()
        assert one.descriptors == before - 1
        async with VoicePort() as other:
            other.hertz = 500
            await one.join(JoinCellSound(3, device=other.device))
            await one.hears(500)
        assert not [event for event in one.events if isinstance(event, EngineLost | CallEnded)]


async def test_a_port_pulled_out_while_no_sound_runs_is_told_too(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port:
        one.do(JoinCellSound(3, device=port.device))
        await one.hear_of(MediaStarted)
        port.pull_out()
        await one.hear_of(CellSoundLost)


@pytest.mark.parametrize(
    "command",
    [
        JoinCellSound(1, device="/dev/no-such-port"),
        JoinCellSound(1, device="/dev/null"),
        JoinCellSound(1, pcm="no-such-card"),
        JoinCellSound(1, pcm="handset", rate=44100 + 50),
    ],
    ids=lambda command: f"{command.device}{command.pcm}",
)
async def test_what_cannot_be_opened_is_told_in_words(tmp_path: Path, command: JoinCellSound) -> None:
    async with engine(tmp_path) as one:
        before = one.descriptors
        one.do(command)
        lost = await one.hear_of(CellSoundLost)
        assert lost.call == 1 and len(lost.reason) > 20 and one.descriptors == before


async def test_fifty_joins_leave_no_descriptor_behind(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port:
        await one.join(JoinCellSound(1, device=port.device))
        await one.hears_nothing()
        joined, ours = one.descriptors, len(os.listdir("/proc/self/fd"))
        for count in range(1, 51):
            if count % 2:
                one.do(LeaveCellSound(1))
            await one.join(JoinCellSound(1, device=port.device))
        assert one.descriptors == joined and len(os.listdir("/proc/self/fd")) == ours
        port.hertz = 1000
        await one.hears(1000)
        one.do(LeaveCellSound(1))
        one.do(LeaveCellSound(1))
        await settled(one, joined - 1)


async def settled(one: Engine, descriptors: int) -> None:
    """Wait for the engine to have so many descriptors."""
    async with asyncio.timeout(DEADLINE_S):
        while one.descriptors != descriptors:
            await asyncio.sleep(0.02)


async def test_joining_and_leaving_without_a_running_card_leaves_nothing(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port:
        before = one.descriptors
        for count in range(50):
            one.do(JoinCellSound(1, device=port.device))
            await one.hear_of(MediaStarted, count + 1)
            one.do(LeaveCellSound(1))
        await settled(one, before)


async def test_descriptors_that_nobody_joins_are_closed(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port:
        before = one.descriptors
        assert one.client._writer is not None
        for _ in range(5):
            hand_over(one.client._writer, open_port(port.device))
        await settled(one, before + 1)
        await one.join(JoinCellSound(1, device=port.device))
        port.hertz = 1000
        await one.hears(1000)


async def test_it_goes_on_while_the_handset_s_card_is_out(tmp_path: Path) -> None:
    async with engine(tmp_path) as one, VoicePort() as port:
        port.hertz = 1000
        await one.join(JoinCellSound(1, device=port.device))
        await one.hears(1000)
        one.card["handset"].vanish()
        await one.hear_of(SoundLost)
        one.card["handset"].restore()
        await one.hear_of(SoundFound)
        await one.hears(1000)
        assert not [event for event in one.events if isinstance(event, CellSoundLost)]


@pytest.mark.parametrize("skew_ppm", [0, 5000, -5000])
async def test_a_modem_with_a_sound_card_of_its_own(tmp_path: Path, skew_ppm: int) -> None:
    (tmp_path / "modem").mkdir()
    modem = SimCard(tmp_path / "modem", ("modem",), RATE, skew_ppm)
    config = f"{tmp_path / 'asound.conf'}:{modem.config}"
    async with engine(tmp_path, config) as one, speaking(one.card, 700), speaking(modem, 1000, "modem"):
        await one.join(JoinCellSound(1, pcm="modem"))
        await one.hears(1000 * (1 + skew_ppm / 1e6))
        await played(modem["modem"].playback, is_tone(700), "700 Hz by the modem")
        await asyncio.sleep(3)
        await one.hears(1000 * (1 + skew_ppm / 1e6))
        await played(modem["modem"].playback, is_tone(700), "700 Hz by the modem")
        modem["modem"].vanish()
        assert (await one.hear_of(CellSoundLost)).call == 1
        await one.hears_nothing()
        assert not [event for event in one.events if isinstance(event, SoundLost)]
    modem.close()
