"""What the phone says in words: causes of failure and names people know."""

from dataclasses import dataclass, replace

from ranin.core.text import fill
from ranin.core.tones import Signal


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call or a registration did not come about, as a person would say it."""

    title: str
    text: str
    signal: Signal


_NO_NUMBER = Cause("No such number", "Check the number and dial again.", Signal.UNOBTAINABLE)
_BUSY = Cause("Busy", "The other side is on the phone.", Signal.BUSY)
_NO_ANSWER = Cause("No answer", "Nobody picked up.", Signal.CONGESTION)
_AWAY = Cause("Not available", "The other phone is off or away.", Signal.CONGESTION)
_SILENT = Cause("Server does not answer", "Check the network, then try again.", Signal.CONGESTION)
_REFUSED = Cause("Call refused", "The other side does not take this call.", Signal.BUSY)
_FORBIDDEN = Cause("Not allowed", "This line may not call that number.", Signal.UNOBTAINABLE)
_PASSWORD = Cause("Wrong password", "Set it in Menu, Line.", Signal.CONGESTION)
_CODEC = Cause("No common sound format", "The two phones share no codec.", Signal.CONGESTION)
_OVERLOAD = Cause("Server is overloaded", "Try again in a moment.", Signal.CONGESTION)
_NOT_FOUND = Cause("Server not found", "Check its name in Menu, Line.", Signal.CONGESTION)
_FAILED = Cause("Call failed", "The server could not connect it.", Signal.CONGESTION)

ENDED = Cause("Call ended", "The other side hung up.", Signal.BUSY)
BUSY = replace(_BUSY, text="OK rings back when free.")
CALLS_BACK = Cause("Rings back", "Hang up. It rings when the other side is free.", Signal.BUSY)
NO_CALL_BACK = Cause("No ring back", "The server does not tell when they are free.", Signal.BUSY)
NOT_SET_UP = Cause("Not set up", "Press menu, then Line.", Signal.CONGESTION)
RESTARTING = Cause("One moment", "The call part restarts.", Signal.CONGESTION)
NOT_IN_PLAN = _NO_NUMBER
LOST = Cause("Connection lost", "OK calls again.", Signal.CONGESTION)
NO_NETWORK = Cause("No network", "Calls do not go out now.", Signal.CONGESTION)
CELL_FAILED = Cause("Call failed", "The mobile network could not carry it.", Signal.CONGESTION)
TRANSFERRING = Cause("Transferring…", "One moment.", Signal.COMFORT)
TRANSFERRED = Cause("Transferred", "They are connected.", Signal.BUSY)
NOT_TRANSFERRED = Cause("Not transferred", "It waits, on hold.", Signal.CONGESTION)
NO_PLACE = Cause("Not parked", "Every place is taken.", Signal.CONGESTION)
NO_TRANSFER = Cause("No transfer", "A mobile call can only be joined.", Signal.CONGESTION)
LENT = Cause("Line in use", "Another phone calls for help over it.", Signal.BUSY)
UNHEARD = Cause("No sound card", "The handset cannot be heard. Check its plug.", Signal.CONGESTION)
HANG_UP = Cause("Hang up", "Put the handset back.", Signal.HOWLER)

_CALL = {
    200: ENDED,
    401: _PASSWORD,
    403: _FORBIDDEN,
    404: _NO_NUMBER,
    407: _PASSWORD,
    408: _SILENT,
    410: _NO_NUMBER,
    415: _CODEC,
    480: _AWAY,
    484: _NO_NUMBER,
    486: _BUSY,
    487: _NO_ANSWER,
    488: _CODEC,
    503: _OVERLOAD,
    504: _SILENT,
    600: _BUSY,
    603: _REFUSED,
    604: _NO_NUMBER,
    606: _CODEC,
}

NO_SERVER = "Server not found"
CERTIFICATE_EXPIRED = "Certificate expired"
CERTIFICATE_TOO_NEW = "Certificate not valid yet"
"""Or the phone's clock is behind."""
CERTIFICATE_NAME = "Certificate of another name"
CERTIFICATE_UNKNOWN = "Certificate not trusted"
CERTIFICATE_WRONG = "Certificate is wrong"

_LINE = {
    401: "Wrong password",
    403: "Wrong password",
    404: "Unknown user",
    407: "Wrong password",
    408: "Server does not answer",
    503: "Server is overloaded",
    504: "Server does not answer",
}

PERMANENT = frozenset({401, 403, 404, 407})
"""Registration answers that time alone does not mend."""


def parked_cause(orbit: str) -> Cause:
    """Where a call waits for whoever takes it."""
    return Cause("Parked", fill("{orbit} takes it back.", orbit=orbit), Signal.BUSY)


def call_cause(code: int) -> Cause:
    """Why a call ended, from its final SIP status (RFC 3261 §21); 0: no server found."""
    if code == 0:
        return _NOT_FOUND
    return _CALL.get(code, _FAILED)


def carried_cause(carrier: str, code: int) -> Cause:
    """Why a call ended that another phone's modem carried, or did not."""
    if code in (408, 503):
        return Cause("Not carried", fill("{carrier}: mobile line in use or away.", carrier=carrier), Signal.CONGESTION)
    return CELL_FAILED if code == 502 else call_cause(code)


def line_cause(code: int, reason: str) -> str:
    """Why a registration failed, in at most four words where the code is known; 0: in those of `reason`."""
    return _LINE.get(code) or reason or "Not registered"


WITHHELD = "Withheld"
"""Stands in the state and in the call log for the number of a caller who does not say it."""


def number_said(number: str) -> str:
    """A number as the display says it: a message where there is none."""
    return fill(number) if number == WITHHELD else number


_CODECS = {
    "cell": "Mobile",
    "opus": "Opus",
    "G722": "G.722",
    "PCMA": "G.711",
    "PCMU": "G.711",
    "speex": "Speex",
    "GSM": "GSM",
}


def codec_name(codec: str) -> str:
    """The codec as people know it: `G722` → `G.722`."""
    return _CODECS.get(codec, codec)
