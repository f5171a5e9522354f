"""AT lines (pure): bytes become lines; a line is a final code, an unsolicited code or part of an answer."""

import re
from dataclasses import dataclass, field

LONGEST_LINE = 2048
"""Bytes; a longer line is noise. The longest true one is a PDU: 2 × 176 digits (3GPP TS 27.005 §3.1)."""
PROMPT = ">"
"""What a line is called that asks for the body of +CMGS (27.005 §3.5.1)."""

_END = re.compile(rb"[\r\n]")
_FINAL = re.compile(r"(?P<word>\+CM[ES] ERROR)\s*:\s*(?P<detail>.*)|(?P<plain>OK|ERROR|CONNECT)(?: \d+)?")
_CALL_FINAL = re.compile(r"NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE")
_OURS = {"TIMEOUT": "no answer came in time", "LOST": "the modem is gone"}
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2})")
_FIELD = re.compile(r'\s*("(?:[^"]*)"?|[^,]*?)\s*(?:,|$)')


class Lines:
    """Cuts a stream into lines, however the bytes come: CR, LF, double CR and empty lines are all one end."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, and PROMPT where the modem waits for a body."""
        found = []
        *ended, self._rest = _END.split(self._rest + data.replace(b"\0", b""))
        for raw in ended:
            found += self._take(raw)
        if self._rest.startswith(b">") and not self._skipping:
            found.append(PROMPT)
            self._rest = self._rest[1:]
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._skipping = b"", True
        return found

    def _take(self, raw: bytes) -> list[str]:
        skip, self._skipping = self._skipping or len(raw) > LONGEST_LINE, False
        if skip:
            return []
        found = []
        if raw.startswith(b">"):
            found, raw = [PROMPT], raw[1:]
        text = raw.decode("utf-8", "replace").strip()
        return [*found, text] if text else found


@dataclass(frozen=True, slots=True)
class Final:
    """How a command ended (ITU-T V.250 §5.7.1, 3GPP TS 27.007 §9.2)."""

    word: str
    """`OK`, `ERROR`, `+CME ERROR`, `NO CARRIER` …; ours are `TIMEOUT` and `LOST`."""
    code: int | None = None
    """The number of a +CME or +CMS error."""

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.word in ("OK", "CONNECT")

    @property
    def words(self) -> str:
        """What is told of it."""
        if self.word in _OURS:
            return _OURS[self.word]
        return f"the network answered {self.word}" + ("" if self.code is None else f" {self.code}")


TIMEOUT = Final("TIMEOUT")
"""No final code came in time."""
LOST = Final("LOST")
"""The port closed before the command was answered."""


def final(line: str, dials: bool = False) -> Final | None:
    """The final code that a line is; `NO CARRIER` and its like are one only for a command that `dials`."""
    match = _FINAL.fullmatch(line)
    if match is None:
        return Final(line) if dials and _CALL_FINAL.fullmatch(line) else None
    if match["plain"]:
        return Final(match["plain"])
    detail = match["detail"].strip()
    return Final(match["word"], int(detail) if re.fullmatch(r"[0-9]{1,4}", detail) else None)


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited result code, and the line that follows it where one does (+CMT's PDU)."""

    name: str
    line: str
    body: str = ""


_WORDS = (
    "RING", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "RDY", "SMS DONE", "SMS READY",
    "PB DONE", "Call Ready", "SMS Ready", "POWERED DOWN", "NORMAL POWER DOWN",
)  # fmt: skip
_PREFIXES = (
    "+CRING", "+CLIP", "+CCWA", "+CREG", "+CEREG", "+CGREG", "+CMTI", "+CMT", "+CDS", "+CUSD", "+CPIN", "+CTZV",
    "+CTZE", "^DSCI", "+QIND", "VOICE CALL", "MISSED_CALL", "*ATREADY", "+RXDTMF", "*PSUTTZ", "DST", "+CGEV",
    "+CFUN", "UNDER-VOLTAGE WARNNING",
)  # fmt: skip
FOLLOWED = frozenset({"+CMT", "+CDS"})
"""Codes whose next line is a PDU."""


def urc_name(line: str) -> str:
    """The name of the unsolicited code that a line is; empty for any other line."""
    if line in _WORDS:
        return line
    name, colon, _ = line.partition(":")
    return name if colon and name in _PREFIXES else ""


def is_open(line: str) -> bool:
    """Whether a +CUSD text goes on in the next line: its quote is not closed yet (27.007 §7.15)."""
    return line.startswith("+CUSD:") and line.count('"') % 2 == 1


@dataclass(frozen=True, slots=True)
class Ask:
    """A command as data: what is written, what belongs to its answer, how long it may take."""

    text: str = field(repr=False)
    """May hold a PIN or a number: it is never shown, `name` is."""
    within_s: float = 5.0
    prefix: str = ""
    """Lines of the answer begin with this and a colon; `*`: any line; empty: none."""
    body: str = field(default="", repr=False)
    """Written after the prompt, with Ctrl-Z."""
    dials: bool = False
    """`NO CARRIER`, `BUSY` and `NO ANSWER` end it."""
    urgent: bool = False
    """Goes before what waits: people wait for it."""

    @property
    def name(self) -> str:
        """The command without its parameters, for a log."""
        match = re.match(r"AT[+^*&]?[A-Z]*", self.text)
        return "ATD" if self.text.startswith("ATD") else match[0] if match else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command."""

    final: Final
    lines: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.final.ok


def fields(line: str) -> tuple[str, ...]:
    """The parameters after the colon, quotes kept; a comma inside quotes parts nothing (V.250 §5.4.2)."""
    rest, found, at = line.partition(":")[2].strip(), [], 0
    while at <= len(rest):
        match = _FIELD.match(rest, at)
        if match is None:
            break
        found.append(match[1])
        at = match.end() + (0 if match[0].endswith(",") else 1)
    return tuple(found)


def values(line: str) -> tuple[str, ...]:
    """The parameters after the colon without their quotes."""
    return tuple(unquote(part) for part in fields(line))


def unquote(part: str) -> str:
    """A parameter as text; `\\22` is a quote (V.250 §5.4.2.2)."""
    if not part.startswith('"'):
        return part
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), part[1:].removesuffix('"'))


def quote(text: str) -> str:
    """A text as a string parameter (V.250 §5.4.2.2); control characters become spaces."""
    plain = re.sub(r"[\x00-\x1f\x7f]", " ", text)
    return '"' + re.sub(r'["\\]', lambda found: f"\\{ord(found[0]):02X}", plain) + '"'


def number_at(parts: tuple[str, ...], index: int, default: int = -1) -> int:
    """The decimal parameter at `index`; `default` when it is missing or no number."""
    part = parts[index].strip('" ') if index < len(parts) else ""
    return int(part) if re.fullmatch(r"-?[0-9]{1,9}", part) else default
