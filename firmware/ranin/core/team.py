"""What watching others adds to the core's words: colleagues' states (RFC 4235, RFC 3863) and mailboxes (RFC 3842)."""

from dataclasses import dataclass
from enum import Enum

from ranin.core.outgoing import Choice


class Presence(Enum):
    """What a watched party's telephone does."""

    UNKNOWN = "unknown"
    """Nobody has told yet, or nobody will."""
    IDLE = "idle"
    RINGING = "ringing"
    """Somebody calls it: the call can be picked up."""
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    """Its server says that it is off or away, or does not let it be watched any more."""


@dataclass(frozen=True, slots=True)
class Party:
    """One watched party, as its server tells of it."""

    number: str
    """What is dialled to call it."""
    name: str
    """Empty: the server has not said."""
    presence: Presence


class Purpose(Enum):
    """What a party is watched for."""

    TEAM = "team"
    """It is in the settings: the display shows it."""
    CALL_BACK = "call-back"
    """It was busy: the phone waits until it is free."""
    MAILBOX = "mailbox"
    """It is a line's own mailbox."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One subscription that shall be, and what it has told."""

    watch: int
    """Given by the core, never used twice."""
    purpose: Purpose
    line: int
    target: str
    """Empty for a mailbox."""
    name: str
    parties: tuple[Party, ...]
    failures: int = 0
    """Ends in a row without news between them."""
    dials: str = ""
    """CALL_BACK: what was dialled to find the party busy, and is dialled again."""
    by: Choice | None = None
    """CALL_BACK: how that left."""


@dataclass(frozen=True, slots=True)
class WatchParty:
    """Subscribe on `line` to what `target` does, in place of what `watch` was before; the engine refreshes it."""

    watch: int
    line: int
    target: str
    """A number or a whole SIP address; of a party, or of a list of parties (RFC 4662)."""
    telephone: bool = False
    """Only its telephone's own word (`dialog`) will do: `presence` calls somebody who talks reachable."""


@dataclass(frozen=True, slots=True)
class WatchMailbox:
    """Subscribe to the line's own mailbox, in place of what `watch` was before; MessagesCounted tells of it."""

    watch: int
    line: int


@dataclass(frozen=True, slots=True)
class Unwatch:
    """End the subscription."""

    watch: int


@dataclass(frozen=True, slots=True)
class PartiesChanged:
    """All that is known now of what is watched: one party, or the members of a list."""

    watch: int
    parties: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class WatchEnded:
    """The server has ended or refused the subscription, or did not answer; the core decides when to try again."""

    watch: int
    code: int
    """SIP status of a refusal, 200 for an end by NOTIFY."""
    reason: str
    """Reason of an end by NOTIFY (RFC 6665 §4.1.3): `deactivated`, `noresource` …"""
    retry_after_s: int = 0
    """The server's wish; 0 when there is none."""


TeamEvent = PartiesChanged | WatchEnded

TeamCommand = WatchParty | WatchMailbox | Unwatch
