"""The card's mixer: microphone gain and hardware sidetone, by a profile for each kind of codec."""

import asyncio
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from ranin.core.commands import Command
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

CARDS = Path("/proc/asound")


@dataclass(frozen=True, slots=True)
class Profile:
    """What to set on a kind of card: (simple mixer control, amixer's words)."""

    name: str
    match: str
    """A regular expression on the card's line in /proc/asound/cards."""
    controls: tuple[tuple[str, tuple[str, ...]], ...]


PROFILES = (
    Profile(
        "C-Media CM108",
        r"C-Media|USB Audio Device|CM1[01][89]",
        (
            ("Auto Gain Control", ("off",)),
            ("Speaker", ("80%", "unmute")),
            ("Mic", ("playback", "20%", "unmute")),  # the sidetone: without delay, as no software's is
            ("Mic", ("capture", "70%", "cap")),
        ),
    ),
    Profile(
        "WM8960",
        r"wm8960",
        (
            ("Headphone", ("85%",)),
            ("Capture", ("62%", "cap")),
            ("Left Output Mixer PCM", ("on",)),
            ("Right Output Mixer PCM", ("on",)),
            ("ALC Function", ("Off",)),
        ),
    ),
)


def card_of(pcm: str, cards: str) -> int | None:
    """The number of the card whose id is `pcm` in the text of /proc/asound/cards."""
    found = re.search(rf"^\s*(\d+) \[{re.escape(pcm)}\s*\]", cards, re.MULTILINE | re.IGNORECASE)
    return int(found[1]) if found else None


def profile_of(number: int, cards: str) -> Profile | None:
    """The profile that fits the card of that number."""
    lines = re.split(r"\n(?=\s*\d+ \[)", cards)
    line = next((text for text in lines if re.match(rf"\s*{number} \[", text)), "")
    return next((profile for profile in PROFILES if re.search(profile.match, line, re.IGNORECASE)), None)


class Mixer:
    """Sets the handset's card up once, when the phone starts."""

    handles: tuple[type, ...] = ()

    def __init__(self, pcm: str, cards: Path = CARDS) -> None:
        self._pcm = pcm
        self._cards = cards / "cards"

    async def start(self, post: Post) -> None:
        """Apply the profile; a card without one keeps its levels, and the log says so."""
        try:
            cards = self._cards.read_text()
        except OSError:
            cards = ""
        number = card_of(self._pcm, cards)
        profile = None if number is None else profile_of(number, cards)
        if number is None or profile is None:
            log.info("no mixer profile for %s: gain is left to software, and there is no sidetone", self._pcm)
            return
        for control, words in profile.controls:
            await _set(number, control, words)

    async def stop(self) -> None:
        """The card keeps its levels."""

    def execute(self, command: Command) -> None:
        """Levels in a call are the SIP engine's."""


async def _set(number: int, control: str, words: tuple[str, ...]) -> None:
    """One amixer call; a control that this card does not have is no fault."""
    process = await asyncio.create_subprocess_exec(
        "amixer", "-q", "-c", str(number), "sset", control, *words, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        log.warning("card %d: %s could not be set: %s", number, control, errors.decode(errors="replace").strip())
