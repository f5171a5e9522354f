"""What the LAN adds to the core's words: the other phones of the provisioning, and being one of them."""

from dataclasses import dataclass

from ranin.core.settings import LanSettings


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another phone of the provisioning, and where it listens."""

    number: str
    name: str
    address: str
    port: int
    gateway: bool = False
    """It carries calls of the others over its modem."""


@dataclass(frozen=True, slots=True)
class NeighbourSeen:
    """A phone has announced itself, or is somewhere else now; nothing it says is proved before a call."""

    number: str
    name: str
    address: str
    port: int
    gateway: bool = False


@dataclass(frozen=True, slots=True)
class NeighbourGone:
    """A phone has said farewell, or its announcement has run out."""

    number: str


@dataclass(frozen=True, slots=True)
class SeekNeighbours:
    """Look for the other phones on the interface of `address`, and tell them of this one; an empty one ends it."""

    address: str = ""
    number: str = ""
    name: str = ""
    port: int = 5061
    certificate: str = ""
    """PEM: phones with another one are none of ours."""
    gateway: bool = False
    """Tell them that this one carries calls over its modem; a change of it alone interrupts nothing."""


@dataclass(frozen=True, slots=True)
class ConfigureLan:
    """Let the other phones connect at `address`; an empty one ends it."""

    address: str = ""
    number: str = ""
    name: str = ""
    lan: LanSettings = LanSettings()


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The other side has sent one DTMF digit in the call (RFC 4733 or INFO)."""

    call: int
    digit: str


@dataclass(frozen=True, slots=True)
class TakeOffer:
    """Take the offer as `call` and tell the caller nothing yet; CallEnded comes back when it has given up."""

    call: int
    offer: str


@dataclass(frozen=True, slots=True)
class ProgressCall:
    """Answer a call that was taken with a provisional status: 180 Ringing, 183 Session Progress."""

    call: int
    code: int


@dataclass(frozen=True, slots=True)
class JoinCalls:
    """The calls that hear each other without the handset, as soon as they have sound; none: no call does."""

    calls: tuple[int, ...] = ()
