"""What the lines of answers and unsolicited codes say (pure; 3GPP TS 27.007 and 27.005)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum

from ranin.cellular.at import fields, number_at, unquote, values

HOME_STATES = frozenset({1, 6, 9})
ROAMING_STATES = frozenset({5, 7, 10})
SMS_ONLY_STATES = frozenset({6, 7})
DENIED_STATE = 3
EMERGENCY_STATE = 8
_TECHNOLOGY = {0: "2G", 1: "2G", 3: "2G", 2: "3G", 4: "3G", 5: "3G", 6: "3G", 7: "LTE", 8: "LTE", 9: "LTE"}
_OLDEST_YEAR = 2024
"""A clock before this was never set: modems wake up in 1970, 1980 or 2004."""


@dataclass(frozen=True, slots=True)
class Registration:
    """+CREG, +CGREG, +CEREG (27.007 §7.2, §10.1.20, §10.1.22)."""

    state: int
    technology: str = ""


def registration(line: str) -> Registration | None:
    """A registration line in the form of an answer (`n,stat,…`) or of a code that came by itself (`stat,…`).

    What follows a lone number, or is quoted or no single digit, is a place: then there is no <n>.
    """
    parts = fields(line)
    answered = len(parts) > 1 and re.fullmatch(r"1?[0-9]", parts[1]) is not None and len(parts[0]) == 1
    at = 1 if answered else 0
    state = number_at(parts, at)
    if not 0 <= state <= 11:
        return None
    return Registration(state, _TECHNOLOGY.get(number_at(parts, at + 3), ""))


def technology(act: int) -> str:
    """`2G`, `3G` or `LTE` of an <AcT> (27.007 §7.3)."""
    return _TECHNOLOGY.get(act, "")


def rssi_dbm(line: str) -> int | None:
    """+CSQ (27.007 §8.5)."""
    rssi = number_at(values(line), 0)
    return -113 + 2 * rssi if 0 <= rssi <= 31 else None


def rsrp_dbm(line: str) -> int | None:
    """The LTE part of +CESQ (27.007 §8.69): 0 is below -140 dBm, 97 is -44 dBm or more."""
    rsrp = number_at(values(line), 5)
    return -141 + rsrp if 0 <= rsrp <= 97 else None


def operator(line: str) -> tuple[str, str]:
    """(name, technology) of +COPS? (27.007 §7.3); empty when not registered."""
    parts = values(line)
    return (parts[2] if len(parts) > 2 else "", technology(number_at(parts, 3)))


class CallStat(IntEnum):
    """<stat> of +CLCC (27.007 §7.18)."""

    ACTIVE = 0
    HELD = 1
    DIALING = 2
    ALERTING = 3
    INCOMING = 4
    WAITING = 5


@dataclass(frozen=True, slots=True)
class CallRow:
    """A voice call as +CLCC lists it."""

    index: int
    outgoing: bool
    stat: CallStat
    number: str = ""


def call_row(line: str) -> CallRow | None:
    """A row of +CLCC; None for data calls and broken lines."""
    parts = values(line)
    index, direction, stat, mode = (number_at(parts, at) for at in range(4))
    if index < 1 or direction not in (0, 1) or not 0 <= stat <= 5 or mode != 0:
        return None
    return CallRow(index, direction == 0, CallStat(stat), clean_number(parts[5] if len(parts) > 5 else ""))


def clean_number(text: str) -> str:
    """A number without what no number has."""
    return re.sub(r"[^0-9*#+A-Da-d]", "", text)[:40]


def caller(line: str) -> tuple[str, bool]:
    """(number, whether it is settled) of +CLIP (27.007 §7.6): withheld and unknown numbers are settled, too."""
    parts = values(line)
    number = clean_number(parts[0] if parts else "")
    return number, bool(number) or number_at(parts, 5, 2) in (1, 2)


@dataclass(frozen=True, slots=True)
class Forward:
    """A row of +CCFC's query (27.007 §7.11)."""

    active: bool
    voice: bool
    number: str = ""


def forward(line: str) -> Forward:
    """What a row tells of the forward of voice calls."""
    parts = values(line)
    number = clean_number(parts[2]) if len(parts) > 2 else ""
    return Forward(number_at(parts, 0, 0) == 1, bool(number_at(parts, 1, 1) & 1), number)


def same_number(one: str, other: str) -> bool:
    """Whether two spellings reach the same telephone: networks answer `+33612…` to `0612…`."""
    a, b = (re.sub(r"\D", "", number) for number in (one, other))
    if one.startswith("+") and other.startswith("+"):
        return a == b
    a, b = a.lstrip("0"), b.lstrip("0")
    short = min(len(a), len(b))
    return a == b or (short >= 7 and a[-short:] == b[-short:])


def pin_attempts(line: str) -> int | None:
    """How often PIN 1 may still be wrong: +CPINR (27.007 §8.65), SIMCom's +SPIC, Quectel's +QPINC."""
    parts = values(line)
    if line.startswith("+SPIC:"):
        left = number_at(parts, 0)
    elif parts and parts[0] in ("SIM PIN", "SC"):
        left = number_at(parts, 1)
    else:
        return None
    return left if left >= 0 else None


def ussd(line: str) -> tuple[int, str]:
    """(m, text) of +CUSD (27.007 §7.15): 0 done, 1 an answer is wanted, 2 ended, 4 not supported, 5 timed out."""
    parts = fields(line)
    text, coding = unquote(parts[1]) if len(parts) > 1 else "", number_at(parts, 2, 15)
    if coding & 0x0C == 0x08 and re.fullmatch(r"(?:[0-9A-Fa-f]{4})+", text):  # UCS2 comes as digits
        text = bytes.fromhex(text).decode("utf-16-be", "replace")
    return number_at(parts, 0, 2), text


def clock(line: str) -> str:
    """+CCLK (27.007 §8.15) or +QLTS as ISO 8601 with its offset; empty for a clock that nobody has set."""
    found = re.search(r"(\d{2,4})/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d{1,2})", line)
    if found is None:
        return ""
    year, month, day, hour, minute, second, quarters = map(int, found.groups())
    try:
        zone = timezone(timedelta(minutes=15 * quarters))
        wall = datetime(year if year > 99 else 2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return ""
    return wall.isoformat() if _OLDEST_YEAR <= wall.year < 2070 else ""


_CAUSES = (
    (r"busy|\b17\b", 486),
    (r"no answer|no user respon|not respond|alert", 480),
    (r"unassigned|unallocated|number changed|invalid number|no route", 404),
    (r"reject", 603),
    (r"barr|not allowed|forbidden|prohibit", 403),
    (r"congest|no circuit|no channel|unavailable|network|temporary", 503),
)


def cause_code(text: str) -> int:
    """The SIP status that +CEER's words come nearest to (27.007 §6.10, RFC 4497 §8.4); 480 when they say nothing."""
    return next((code for words, code in _CAUSES if re.search(words, text, re.IGNORECASE)), 480)
