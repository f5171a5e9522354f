"""Numbers compared as what they reach: +33612345678, 0033612345678 and 0612345678 are one in France (ITU-T E.164)."""

import re
from dataclasses import dataclass

_CALLING = {
    "AE": "971",
    "DE": "49",
    "EG": "20",
    "ES": "34",
    "FR": "33",
    "GB": "44",
    "IT": "39",
    "JO": "962",
    "MA": "212",
    "SA": "966",
    "US": "1",
}
"""ISO 3166 code → country calling code (ITU-T E.164 annex)."""

_NO_TRUNK = {"ES", "IT", "US"}
"""Countries whose national numbers are dialled without a leading 0 that falls away abroad."""

_SHORTEST_PUBLIC = 7
"""Digits; what is shorter is an extension or a service number."""


def digits(number: str) -> str:
    """The number without spaces, dots, hyphens and brackets; a leading + stays."""
    return re.sub(r"[\s().\-/]", "", number)


def normal(number: str, country: str) -> str:
    """A public number as `+` and E.164 digits; an extension or service number as it is."""
    plain = digits(number)
    if plain.startswith("+"):
        return plain
    exit_code = "011" if country == "US" else "00"
    if plain.startswith(exit_code) and len(plain) > len(exit_code) + _SHORTEST_PUBLIC:
        return "+" + plain.removeprefix(exit_code)
    return _national(plain, country)


def _national(plain: str, country: str) -> str:
    calling = _CALLING.get(country)
    if calling is None or len(plain) < _SHORTEST_PUBLIC or not plain.isdigit():
        return plain
    if country == "US":
        return "+" + plain if len(plain) == 11 and plain[0] == "1" else "+1" + plain
    if country in _NO_TRUNK:
        return f"+{calling}{plain}"
    return f"+{calling}{plain[1:]}" if plain.startswith("0") else plain


@dataclass(frozen=True, slots=True)
class Book:
    """The numbers that are ours, all normal."""

    country: str = ""
    """ISO 3166 code in which numbers are read."""
    own: frozenset[str] = frozenset()
    """They reach this phone over a line."""
    sim: str = ""
    """It reaches the modem; empty: not told."""

    def loops(self, cellular: bool, target: str, others: frozenset[str]) -> bool:
        """Whether a forward to `target`, of the SIM if `cellular`, closes a circle with `others`.

        `others` are the numbers to which the lines (for a forward of a line: the SIM) may send calls.
        """
        there = normal(target, self.country)
        back = {normal(number, self.country) for number in others if number}
        if cellular:
            return there in self.own and bool(self.sim) and self.sim in back
        return bool(self.sim) and there == self.sim and bool(self.own & back)
