"""The ringer on a clocked card, its melodies, and the mixer's choice of profile."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ranin.audio.melodies import MELODIES, samples
from ranin.audio.mixer import card_of, profile_of
from ranin.audio.ringer import Ringer
from ranin.core import menu
from ranin.core.commands import Ring
from ranin.core.events import Event, SoundFound, SoundLost
from ranin.sim.card.card import SimCard
from tests import tones

CARDS = """ 0 [Handset        ]: USB-Audio - USB Audio Device
                      C-Media Electronics Inc. USB Audio Device at usb-1.2, full speed
 1 [wm8960         ]: simple-card - wm8960-soundcard
                      wm8960-soundcard
 2 [Other          ]: Dummy - Dummy
                      Dummy 1
"""


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimCard]:
    card = SimCard(tmp_path)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(card.config))
    yield card
    card.close()


def test_the_menu_offers_the_melodies_there_are() -> None:
    assert set(menu.MELODIES) == set(MELODIES)


@pytest.mark.parametrize("melody", MELODIES)
def test_a_melody_is_louder_at_a_higher_level_and_never_clips(melody: str) -> None:
    soft, loud = (tones.samples(samples(melody, level, 48000).tobytes()) for level in (1, 10))
    assert tones.rms(loud) > 5 * tones.rms(soft) > 0
    assert abs(loud).max() < 0.99


async def test_it_rings_stops_and_survives_a_card_that_is_pulled_out(card: SimCard) -> None:
    ring, events = card["ringer"].playback, asyncio.Queue[Event]()
    loop = asyncio.get_running_loop()
    ringer = Ringer("ringer")
    await ringer.start(lambda event: loop.call_soon_threadsafe(events.put_nowait, event))
    async with asyncio.timeout(20):
        ringer.execute(Ring("classic", 8))
        heard = b""
        while len(heard) < 48000:
            heard += ring.read()[0]
            await asyncio.sleep(0.02)
        sound = tones.samples(heard)
        assert tones.share(sound, 880) + tones.share(sound, 1100) > 0.6
        ringer.execute(Ring(""))
        while ring.head.open:
            await asyncio.sleep(0.02)
        ringer.execute(Ring("urgent", 8))
        while not ring.head.running:
            await asyncio.sleep(0.02)
        card["ringer"].vanish()
        assert isinstance(await events.get(), SoundLost)
        card["ringer"].restore()
        assert await events.get() == SoundFound("ringer")
        await ringer.stop()


async def test_a_pcm_that_is_not_there_is_said_once(card: SimCard) -> None:
    events: asyncio.Queue[Event] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    ringer = Ringer("bell")
    await ringer.start(lambda event: loop.call_soon_threadsafe(events.put_nowait, event))
    ringer.execute(Ring("classic", 5))
    event = await asyncio.wait_for(events.get(), 10)
    assert isinstance(event, SoundLost) and "bell" in event.reason
    await ringer.stop()


def test_a_card_is_found_by_its_id_and_its_kind() -> None:
    assert card_of("handset", CARDS) == 0 and card_of("ringer", CARDS) is None
    assert (profile_of(0, CARDS) or pytest.fail()).name == "C-Media CM108"
    assert (profile_of(1, CARDS) or pytest.fail()).name == "WM8960"
    assert profile_of(2, CARDS) is None
