"""The messages between the daemon and the SIP engine: JSON lines over a Unix socket."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from ranin.core import commands, events, mobile, neighbours, outage, pages, realtext, team
from ranin.core.settings import Account

LONGEST_LINE = 65536
"""Bytes in a message, the newline included."""


@dataclass(frozen=True, slots=True)
class RegisterAt:
    """Register `account` as `line` at `ip`:`port`, sending from `local_ip`; a known account takes its calls along."""

    line: int
    account: Account
    ip: str
    port: int
    local_ip: str
    pinned: bool = False
    """Leave by the interface that owns `local_ip`, wherever the routes lead."""
    name: str = ""
    """What the server must prove to be (TLS); empty: `ip`."""
    stun: str = ""
    """address:port of the STUN server; empty: none."""
    turn: str = ""
    """address:port of the TURN server; empty: none."""


@dataclass(frozen=True, slots=True)
class JoinCell:
    """Put the modem's voice on the bridge as `call`.

    Without a PCM it is the descriptor that travelled just before this message, on the same socket.
    """

    call: int
    pcm: str
    rate: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""

    serial: int


@dataclass(frozen=True, slots=True)
class Pong:
    """I am here."""

    serial: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The engine is up and takes orders."""

    pid: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """The engine could not read or carry out an order; for the log."""

    text: str


Order = (
    commands.ConfigureEngine
    | RegisterAt
    | commands.UnregisterLine
    | commands.PlaceCall
    | commands.AlertCaller
    | commands.RefuseOffer
    | commands.AnswerCall
    | commands.HangUpCall
    | commands.SendDtmf
    | commands.HoldCall
    | commands.ResumeCall
    | commands.TransferCall
    | commands.ConnectEar
    | commands.PlayKeyTone
    | commands.SetVolume
    | outage.SendFeatureCode
    | neighbours.ConfigureLan
    | neighbours.TakeOffer
    | neighbours.ProgressCall
    | neighbours.JoinCalls
    | outage.SetServerForward
    | JoinCell
    | mobile.LeaveCellSound
    | team.WatchParty
    | team.WatchMailbox
    | team.Unwatch
    | realtext.SendText
    | pages.ConfigurePaging
    | pages.PlayPage
    | pages.SendPage
    | pages.StopPage
    | Ping
)
"""What the daemon sends."""

Report = (
    Hello
    | Pong
    | Complaint
    | events.LineRegistered
    | events.LineRejected
    | events.MessagesCounted
    | events.CallArrived
    | events.OfferWithdrawn
    | events.CallProgressed
    | events.CallAnswered
    | events.MediaStarted
    | events.PeerHeld
    | events.PeerChanged
    | events.CallTransferred
    | events.CallEnded
    | events.SoundLost
    | events.SoundFound
    | outage.OrderTried
    | mobile.CellSoundLost
    | neighbours.DigitReceived
    | team.PartiesChanged
    | team.WatchEnded
    | realtext.TextChanged
    | realtext.TextReceived
    | pages.PageHeard
    | pages.PageEnded
)
"""What the engine sends."""

_KINDS: dict[str, type] = {kind.__name__: kind for kind in (*Order.__args__, *Report.__args__)}


class WireError(ValueError):
    """A line that is no message; it says what is wrong with it."""


class _Envelope(msgspec.Struct):
    kind: str
    body: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)


def encode(message: Any) -> bytes:
    """One message as a line; what a peer sent that is no UTF-8 becomes question marks."""
    envelope = {"kind": type(message).__name__, "body": message}
    try:
        return msgspec.json.encode(envelope) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(envelope), ensure_ascii=False).encode(errors="replace") + b"\n"


def decode(line: bytes) -> Any:
    """One line as a message. Raises WireError; its text never repeats the line, which may hold a password."""
    try:
        envelope = _envelope.decode(line)
        kind = _KINDS[envelope.kind]
        return msgspec.json.decode(envelope.body, type=kind)
    except KeyError as error:
        raise WireError("no message is of that kind") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise WireError(f"not a message: {error}") from error


class Lines:
    """Puts a stream of bytes together into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The whole lines so far. Raises WireError when a line grows without end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise WireError(f"a message of more than {LONGEST_LINE} bytes")
        return [line for line in lines if line]
