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


@dataclass(frozen=True, slots=True)
class NeighbourSeen:
    """A phone has announced itself, or is somewhere else now; nothing it says is proved before a call."""

    number: str
    name: str
    address: str
    port: int


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


@dataclass(frozen=True, slots=True)
class ConfigureLan:
    """Let the other phones connect at `address`; an empty one ends it."""

    address: str = ""
    number: str = ""
    name: str = ""
    lan: LanSettings = LanSettings()
