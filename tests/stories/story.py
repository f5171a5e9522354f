"""Stories: what a person does, sees and hears, in plain lines; each is told at two depths."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FOLDER = Path(__file__).parent


class Teller(Protocol):
    """Somebody who can live a story: the core on its bench, or the whole phone."""

    async def registered(self) -> None: ...
    async def lift(self) -> None: ...
    async def replace(self) -> None: ...
    async def press(self, key: str) -> None: ...
    async def wait(self, seconds: float) -> None: ...
    async def shows(self, text: str) -> None: ...
    async def hears(self, tone: str) -> None: ...
    async def hears_hertz(self, *hertz: float) -> None: ...
    async def says_hertz(self, hertz: float) -> None: ...
    async def rings(self, wanted: bool) -> None: ...
    async def lamp(self, lamp: str, lit: bool) -> None: ...
    async def calls_me(self, number: str) -> None: ...
    async def hangs_up(self, number: str) -> None: ...
    async def heard_by(self, number: str, *hertz: float) -> None: ...
    async def hears_music(self, number: str) -> None: ...
    async def engine_dies(self) -> None: ...
    async def card_pulled(self, part: str) -> None: ...
    async def card_back(self, part: str) -> None: ...
    async def shows_within(self, seconds: float, text: str) -> None: ...
    async def link(self, link: str, deed: str) -> None: ...
    async def over(self) -> None: ...
    async def writes(self, number: str, text: str) -> None: ...
    async def reads(self, number: str, text: str) -> None: ...
    async def mains(self, there: bool) -> None: ...
    async def battery_nearly_empty(self) -> None: ...
    async def mobile_network(self, there: bool) -> None: ...
    async def calls_the_sim(self, number: str) -> None: ...
    async def heard_over_the_sim(self, hertz: float) -> None: ...


@dataclass(frozen=True)
class Story:
    """A title and its lines."""

    path: Path
    title: str
    lines: tuple[str, ...]
    core_only: bool
    outage: bool
    """The phone has two networks, a modem and a battery."""
    g711: bool
    """All speak G.711, so that what is on the wire can be heard."""


def load() -> list[Story]:
    """All stories of the folder."""
    return [_parse(path) for path in sorted(FOLDER.glob("*.story"))]


def _parse(path: Path) -> Story:
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    told = [line for line in lines if line and not line.startswith("#")]
    remarks = {line for line in told if line.startswith("(")}
    rest = tuple(line for line in told[1:] if line not in remarks)
    marks = ("(the core alone)", "(with networks, modem and battery)", "(in G.711)")
    return Story(path, told[0], rest, *(mark in remarks for mark in marks))


Step = Callable[..., Awaitable[None]]


async def _dial(teller: Teller, digits: str) -> None:
    for digit in digits:
        await teller.press(digit)


STEPS: list[tuple[str, Step]] = [
    (r"the phone is registered", lambda t: t.registered()),
    (r"I lift the handset", lambda t: t.lift()),
    (r"I put the handset back", lambda t: t.replace()),
    (r"I dial (\S+)", _dial),
    (r"I press (\S+)", lambda t, key: t.press(key)),
    (r"(\d+) seconds pass", lambda t, seconds: t.wait(float(seconds))),
    (r'the display says "(.+)"', lambda t, text: t.shows(text)),
    (r"I hear (dial tone|ringback|busy|congestion|unobtainable|howler|nothing)", lambda t, tone: t.hears(tone)),
    (r"I hear (\d+) Hz", lambda t, hertz: t.hears_hertz(float(hertz))),
    (r"I hear (\d+) Hz and (\d+) Hz", lambda t, one, other: t.hears_hertz(float(one), float(other))),
    (r"I say (\d+) Hz", lambda t, hertz: t.says_hertz(float(hertz))),
    (r"(\d+) hears (\d+) Hz", lambda t, number, hertz: t.heard_by(number, float(hertz))),
    (r"(\d+) hears (\d+) Hz and (\d+) Hz", lambda t, number, *both: t.heard_by(number, *map(float, both))),
    (r"(\d+) hears music", lambda t, number: t.hears_music(number)),
    (r"the phone rings", lambda t: t.rings(True)),
    (r"the phone does not ring", lambda t: t.rings(False)),
    (r"the (\w+) lamp is (on|off)", lambda t, lamp, state: t.lamp(lamp, state == "on")),
    (r"(\d+) calls me", lambda t, number: t.calls_me(number)),
    (r"(\d+) hangs up", lambda t, number: t.hangs_up(number)),
    (r"the call engine dies", lambda t: t.engine_dies()),
    (r"the (handset|ringer) card is pulled out", lambda t, part: t.card_pulled(part)),
    (r"the (handset|ringer) card is put back", lambda t, part: t.card_back(part)),
    (r'within (\d+) seconds the display says "(.+)"', lambda t, seconds, text: t.shows_within(float(seconds), text)),
    (r"(Ethernet|LTE) (falls silent|is pulled out|is back)", lambda t, link, deed: t.link(link.lower(), deed)),
    (r"the call is over", lambda t: t.over()),
    (r'(\d+) writes "(.+)"', lambda t, number, text: t.writes(number, text)),
    (r'(\d+) reads "(.+)"', lambda t, number, text: t.reads(number, text)),
    (r"mains (goes|is back)", lambda t, deed: t.mains(deed == "is back")),
    (r"the battery is nearly empty", lambda t: t.battery_nearly_empty()),
    (r"the mobile network (goes|is back)", lambda t, deed: t.mobile_network(deed == "is back")),
    (r"(\+?\d+) calls the SIM", lambda t, number: t.calls_the_sim(number)),
    (r"over the SIM (\d+) Hz is heard", lambda t, hertz: t.heard_over_the_sim(float(hertz))),
]


async def tell(story: Story, teller: Teller) -> None:
    """Live the story; a step that fails names its line."""
    for line in story.lines:
        for pattern, step in STEPS:
            match = re.fullmatch(pattern, line)
            if match:
                try:
                    await step(teller, *match.groups())
                except (AssertionError, TimeoutError) as error:
                    raise AssertionError(f"{story.path.name}: “{line}”: {error}") from error
                break
        else:
            raise ValueError(f"{story.path.name}: nobody knows how to tell “{line}”")
