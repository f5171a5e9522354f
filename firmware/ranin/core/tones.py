"""The tones in the ear by country (ITU-T E.180 Supplement 2, edition of 2003)."""

import re
from enum import Enum

from ranin.core.commands import Tone, ToneStep


class Signal(Enum):
    """What a tone tells the person who listens (ITU-T E.182)."""

    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"
    HOWLER = "howler"
    NOTICE = "notice"
    """Something about the phone has changed; the display says what."""
    WAITING = "waiting"
    """Somebody else calls (E.182 §4.2)."""
    COMFORT = "comfort"
    """The call is kept while its connection is made anew."""


_SIT = "950/330 1400/330 1800/330 0/1000"
"""Special information tone, the same in most networks (E.180 §5)."""

_HOWLER = "1400+2060+2450+2600/100 0/100"
"""Receiver off-hook warning (Bellcore GR-506); E.180 leaves it to each network."""

_LEVEL_DBM0 = -13.0
_LEVELS_DBM0 = {Signal.HOWLER: -3.0, Signal.NOTICE: -18.0, Signal.WAITING: -20.0, Signal.COMFORT: -28.0}
_OURS = {Signal.HOWLER: _HOWLER, Signal.NOTICE: "1400/100 0/80 1400/100 0/320", Signal.COMFORT: "425/200 0/1800"}
"""Tones that no network prescribes."""

_TWO_BEEPS = "425/200 0/200 425/200 0/5000"
_WAITING = {
    "ES": "425/175 0/175 425/175 0/3500",
    "FR": "440/300 0/10000",
    "GB": "400/100 0/4000",
    "SA": "425/150 0/200 425/150 0/10000",
    "US": "440/300 0/10000",
}
"""Call waiting where it is not `_TWO_BEEPS`."""

_TABLE: dict[str, tuple[str, dict[Signal, str]]] = {}
"""ISO 3166 code → (name, cadences in the notation of `parse_cadence`)."""


def _country(code: str, name: str, *cadences: str) -> None:
    kinds = (
        Signal.DIAL,
        Signal.RINGBACK,
        Signal.BUSY,
        Signal.CONGESTION,
        Signal.UNOBTAINABLE,
    )
    table = dict(zip(kinds, cadences, strict=True))
    _TABLE[code] = (name, table | _OURS | {Signal.WAITING: _WAITING.get(code, _TWO_BEEPS)})


_UK_RINGBACK = "400+450/400 0/200 400+450/400 0/2000"
_UK_CONGESTION = "400/400 0/350 400/225 0/525"

_country("AE", "United Arab Emirates", "350+440", _UK_RINGBACK, "400/375 0/375", _UK_CONGESTION, "400")
_country("DE", "Germany", "425", "425/1000 0/4000", "425/480 0/480", "425/240 0/240", _SIT)
_country("EG", "Egypt", "425x50", "425x50/2000 0/1000", "450/1000 0/4000", "450/500 0/500", _SIT)
_country(
    "ES",
    "Spain",
    "425",
    "425/1500 0/3000",
    "425/200 0/200",
    "425/200 0/200 425/200 0/200 425/200 0/600",
    _SIT,
)
_country("FR", "France", "440", "440/1500 0/3500", "440/500 0/500", "440/250 0/250", _SIT)
_country("GB", "United Kingdom", "350+440", _UK_RINGBACK, "400/375 0/375", _UK_CONGESTION, "400")
_country("IT", "Italy", "425/200 0/200 425/600 0/1000", "425/1000 0/4000", "425/500 0/500", "425/200 0/200", _SIT)
_country("JO", "Jordan", "400x16", "400x16/1000 0/4000", "400/300 0/200", "400/150 0/150", _SIT)
_country("MA", "Morocco", "425", "425/1700 0/3300", "425/500 0/500", "425/500 0/500", _SIT)
_country("SA", "Saudi Arabia", "425", "425/1200 0/4600", "425/500 0/500", "425/250 0/250", _SIT)
_country("US", "United States", "350+440", "440+480/2000 0/4000", "480+620/500 0/500", "480+620/250 0/250", _SIT)


def countries() -> dict[str, str]:
    """ISO 3166 code → English name of every country in the table, by name."""
    return {code: name for code, (name, _) in sorted(_TABLE.items(), key=lambda row: row[1][0])}


def tone(signal: Signal, country: str) -> Tone:
    """The tone of `signal` in `country`; an unknown country sounds like France."""
    _, cadences = _TABLE.get(country, _TABLE["FR"])
    return Tone(signal.value, parse_cadence(cadences[signal]), _LEVELS_DBM0.get(signal, _LEVEL_DBM0))


_STEP = re.compile(r"(?P<sound>\d+(?:[+x]\d+)*)(?:/(?P<length>\d+))?$")


def parse_cadence(text: str) -> tuple[ToneStep, ...]:
    """Read `425/500 0/500`: frequencies in Hz / milliseconds; `+` adds, `x` modulates.

    A step without a length sounds for ever. Raises ValueError on anything else.
    """
    return tuple(_parse_step(word) for word in text.split())


def _parse_step(word: str) -> ToneStep:
    match = _STEP.match(word)
    if match is None:
        raise ValueError(f"tone step {word!r}: write FREQUENCY/MILLISECONDS, e.g. 425/500")
    frequencies = tuple(int(hertz) for hertz in re.split(r"[+x]", match["sound"]))
    silent = frequencies == (0,)
    return ToneStep(() if silent else frequencies, int(match["length"] or 0), "x" in word)
