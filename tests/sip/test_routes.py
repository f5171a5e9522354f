"""Handset, headset and loudspeaker: changed within a call, missing, pulled out, and what comes back by the air."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from ranin.core.commands import ConnectEar
from ranin.core.events import SoundFound, SoundLost
from ranin.core.mobile import JoinCellSound
from ranin.sim.card.card import SimCard
from tests.sip.cellrig import RATE, Engine, VoicePort, engine_on, played, speaking
from tests.tones import Samples, rms, share

ROOM = "96:500 700:-150 1900:80"
SPEAKER = ("--speaker", "speaker", "speaker")


@asynccontextmanager
async def call(folder: Path, *words: str, room: str = "") -> AsyncIterator[tuple[Engine, VoicePort]]:
    """An engine in a call on its handset; the other side says 1000 Hz."""
    card = SimCard(folder, ("handset", "speaker"), room=room)
    async with engine_on(card, arguments=words) as one, VoicePort() as port:
        port.hertz = 1000
        await one.join(JoinCellSound(1, device=port.device))
        await one.hears(1000)
        yield one, port


def is_1000(sound: Samples) -> bool:
    return rms(sound) > 0.01 and share(sound, 1000) > 0.9


async def test_a_call_goes_from_the_handset_to_the_loudspeaker_and_back(tmp_path: Path) -> None:
    async with call(tmp_path, *SPEAKER) as (one, port), speaking(one.card, 700, "speaker"):
        one.do(ConnectEar((1,), route="speaker"))
        await played(one.card["speaker"].playback, is_1000, "1000 Hz on the loudspeaker")
        await port.hears(lambda sound: rms(sound) > 0.01 and share(sound, 700, RATE) > 0.9, "the person at it")
        assert not one.card["handset"].playback.head.open
        one.do(ConnectEar((1,)))
        await one.hears(1000)
        assert not one.card["speaker"].playback.head.open
    assert not any(isinstance(event, SoundLost) for event in one.events)


async def test_a_route_that_the_phone_does_not_have_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with call(tmp_path) as (one, _):
        one.do(ConnectEar((1,), route="headset"))
        lost = await one.hear_of(SoundLost)
        assert lost == SoundLost("headset", "this phone has no headset")
        await one.hears(1000)
        one.do(ConnectEar((1,)))
        assert await one.hear_of(SoundFound) == SoundFound("headset")
        await one.hears(1000)


async def test_a_headset_that_is_not_plugged_in_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with call(tmp_path, "--headset", "nowhere", "nowhere") as (one, _):
        one.do(ConnectEar((1,), route="headset"))
        lost = await one.hear_of(SoundLost)
        assert isinstance(lost, SoundLost) and lost.part == "headset" and "nowhere" in lost.reason
        await one.hears(1000)
        one.do(ConnectEar())
        assert await one.hear_of(SoundFound) == SoundFound("headset")


async def test_a_loudspeaker_that_is_pulled_out_leaves_the_handset(tmp_path: Path) -> None:
    async with call(tmp_path, *SPEAKER) as (one, _):
        one.do(ConnectEar((1,), route="speaker"))
        await played(one.card["speaker"].playback, is_1000, "1000 Hz on the loudspeaker")
        one.card["speaker"].vanish()
        lost = await one.hear_of(SoundLost)
        assert isinstance(lost, SoundLost) and lost.part == "speaker"
        one.do(ConnectEar((1,)))
        await one.hears(1000)
        one.card["speaker"].restore()
        one.do(ConnectEar((1,), route="speaker"))
        assert await one.hear_of(SoundFound) == SoundFound("speaker")
        await played(one.card["speaker"].playback, is_1000, "1000 Hz on the loudspeaker again")


async def test_the_loudspeaker_is_not_sent_back_and_the_headset_has_no_canceller(tmp_path: Path) -> None:
    async with call(tmp_path, *SPEAKER, "--headset", "speaker", "speaker", room=ROOM) as (one, port):
        one.do(ConnectEar((1,), route="headset"))
        loud = await port.hears(lambda sound: is_echo(sound) and rms(sound) > 0.05, "itself")
        one.do(ConnectEar((1,), route="speaker"))
        await played(one.card["speaker"].playback, is_1000, "1000 Hz on the loudspeaker")
        quiet = await port.hears(lambda sound: 20 * np.log10(rms(sound) / rms(loud)) < -20, "20 dB less of itself")
        assert rms(quiet) < rms(loud) / 10


def is_echo(sound: Samples) -> bool:
    return share(sound, 1000, RATE) > 0.9
